// Sends a sign-up and an order with the SDK that Segment publishes: only the host and the key are Kith's.
import { Analytics } from '@segment/analytics-node'

const kith = new Analytics({ writeKey: process.env.WRITE_KEY, host: process.env.KITH ?? 'http://127.0.0.1:8080' })

kith.identify({ userId: 'grace', anonymousId: 'visitor-2', traits: { name: 'Grace Hopper', email: 'grace@example.org' } })
kith.track({ userId: 'grace', event: 'Order Completed', properties: { revenue: 42, currency: 'EUR' } })
await kith.closeAndFlush()
