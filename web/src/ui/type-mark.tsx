import { inRem } from '../lib/media'

/** The colour and shape of a type of identifier, the same in lists and in the picture. */
const kinds: Record<string, { colour: string; shape: 'circle' | 'square' | 'diamond' | 'triangle' | 'hexagon' | 'bar' }> = {
  user_id: { colour: '--c-user', shape: 'circle' },
  email: { colour: '--c-email', shape: 'square' },
  phone: { colour: '--c-phone', shape: 'diamond' },
  anonymous_id: { colour: '--c-anonymous', shape: 'circle' },
  device_id: { colour: '--c-device', shape: 'triangle' },
  record: { colour: '--c-record', shape: 'hexagon' },
}
const other = { colour: '--c-other', shape: 'bar' } as const

export const typeLook = (type: string) => kinds[type] ?? other

const shapes = {
  circle: <circle cx="6" cy="6" r="4.5" />,
  square: <rect x="1.8" y="1.8" width="8.4" height="8.4" rx="1.5" />,
  diamond: <path d="M6 .8 11.2 6 6 11.2 .8 6Z" />,
  triangle: <path d="M6 1.2 11.2 10.400H.8Z" />,
  hexagon: <path d="M3.200 1.200h5.600L11.600 6 8.800 10.800H3.200L.400 6Z" />,
  bar: <rect x=".8" y="3" width="10.400" height="6" rx="2" />,
}

export function TypeMark({ type, size = 11 }: { type: string; size?: number }) {
  const look = typeLook(type)
  const side = inRem(size)
  return (
    <svg width={side} height={side} viewBox="0 0 12 12" style={{ fill: `var(${look.colour})`, flex: 'none' }} aria-hidden="true" focusable="false">
      {shapes[look.shape]}
    </svg>
  )
}
