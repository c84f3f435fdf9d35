// graphql-sse in its mode of distinct connections. It comes back after a break by itself; where it goes on is up to the variables.
import { createClient } from 'graphql-sse'

const client = createClient({ url: process.env.KITH, headers: { authorization: `Bearer ${process.env.TOKEN}` }, retry: async () => {} })
const once = async (payload) => {
  for await (const result of client.iterate(payload)) return result
}
console.log(JSON.stringify(await once({ query: '{ me { subject } }' })))
console.log(JSON.stringify((await once({ query: '{ nope }' })).errors[0].extensions))
const query = 'subscription { customerChanged(by: {id: "cus_1"}) { ... on CustomerChanged { cursor customer { displayName } } } }'
let got = 0
for await (const { data } of client.iterate({ query })) {
  console.log(JSON.stringify(data))
  if (++got === 3) break
}
console.log('done')
