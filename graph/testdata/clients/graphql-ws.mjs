// graphql-ws: queries and a subscription over one socket, which the client resumes from its cursor after a break.
import { createClient } from 'graphql-ws'
import WebSocket from 'ws'

const client = createClient({
  url: process.env.KITH.replace('http', 'ws'),
  webSocketImpl: WebSocket,
  connectionParams: { Authorization: `Bearer ${process.env.TOKEN}` },
  retryWait: async () => {},
})
const once = (payload) => client.iterate(payload).next().then((r) => r.value)
console.log(JSON.stringify(await once({ query: '{ me { subject } }' })))
console.log(JSON.stringify(await once({ query: '{ nope }' }).catch((errors) => ({ refused: errors[0].extensions.code }))))
const query = 'subscription($after: String) { customerChanged(by: {id: "cus_1"}, after: $after) { ... on CustomerChanged { cursor customer { displayName } } } }'
const variables = {}
let got = 0
for await (const { data } of client.iterate({ query, variables })) {
  variables.after = data.customerChanged.cursor
  console.log(JSON.stringify(data))
  if (++got === 3) break
}
await client.dispose()
console.log('done')
