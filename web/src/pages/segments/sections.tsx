import { Link, useLocation } from 'wouter'

/** Segments, and the traits that they may look at. */
export function Sections() {
  const [path] = useLocation()
  return (
    <nav className="sections" aria-label="Segments and computed traits">
      <Link href="/segments" aria-current={path === '/segments' ? 'page' : undefined}>
        Segments
      </Link>
      <Link href="/segments/computed" aria-current={path === '/segments/computed' ? 'page' : undefined}>
        Computed traits
      </Link>
    </nav>
  )
}
