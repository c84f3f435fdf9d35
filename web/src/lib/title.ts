import { useEffect } from 'react'

/** The tab says where one is. */
export function useTitle(title: string) {
  useEffect(() => {
    document.title = title ? `${title} · Kith` : 'Kith'
  }, [title])
}
