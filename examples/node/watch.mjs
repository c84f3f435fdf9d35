// Prints every change of one customer. After a break it goes on behind the last event it printed.
import { createClient } from 'graphql-ws'
import WebSocket from 'ws'

const email = process.argv[2]
if (!email) throw new Error('usage: node watch.mjs EMAIL, with TOKEN set')

const variables = { email, after: null } // sent again as they are after a reconnect, so the cursor goes in here
const client = createClient({
  url: (process.env.KITH ?? 'http://127.0.0.1:8080').replace(/^http/, 'ws') + '/graphql',
  webSocketImpl: WebSocket,
  connectionParams: { Authorization: `Bearer ${process.env.TOKEN}` },
  retryAttempts: Infinity,
})
const query = `subscription Watch($email: String!, $after: String) {
  customerChanged(by: {identifier: {type: "email", value: $email}}, after: $after) {
    ... on CustomerChanged { cursor reasons changedTraits customer { displayName lastSeenAt } }
    ... on CustomerMerged { cursor absorbed customer { id displayName } }
    ... on CustomerSplit { cursor customer { id } created { id } }
    ... on ResyncRequired { reason }
  }
}`

for await (const event of client.iterate({ query, variables })) {
  if (event.errors) throw new Error(JSON.stringify(event.errors))
  variables.after = event.data.customerChanged.cursor ?? variables.after
  console.log(JSON.stringify(event.data.customerChanged))
}
