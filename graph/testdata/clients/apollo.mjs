// Apollo Client: queries over HTTP with automatic persisted queries, a subscription over a WebSocket.
import { ApolloClient, ApolloLink, HttpLink, InMemoryCache, gql } from '@apollo/client'
import { PersistedQueryLink } from '@apollo/client/link/persisted-queries'
import { GraphQLWsLink } from '@apollo/client/link/subscriptions'
import { createHash } from 'node:crypto'
import { createClient } from 'graphql-ws'
import WebSocket from 'ws'

const headers = { authorization: `Bearer ${process.env.TOKEN}` }
const ws = createClient({ url: process.env.KITH.replace('http', 'ws'), webSocketImpl: WebSocket, connectionParams: headers })
const asked = []
const http = new HttpLink({
  uri: process.env.KITH,
  headers,
  fetch: (url, init) => {
    asked.push(init.method + (String(init.body ?? url).includes('displayName') ? ' with the document' : ' by its hash'))
    return fetch(url, init)
  },
})
const persisted = new PersistedQueryLink({ sha256: (text) => createHash('sha256').update(text).digest('hex'), useGETForHashedQueries: true })
const client = new ApolloClient({
  cache: new InMemoryCache(),
  link: ApolloLink.split(({ operationType }) => operationType === 'subscription', new GraphQLWsLink(ws), persisted.concat(http)),
})
const query = gql`query Customer($id: ID!) { customer(by: {id: $id}) { id displayName } }`
for (let n = 0; n < 2; n++) {
  const { data } = await client.query({ query, variables: { id: 'cus_1' }, fetchPolicy: 'no-cache' })
  console.log(JSON.stringify(data))
}
console.log(asked.join(', '))
const subscription = gql`subscription { customerChanged(by: {id: "cus_1"}) { ... on CustomerChanged { cursor customer { id displayName } } } }`
await new Promise((resolve, reject) => {
  const running = client.subscribe({ query: subscription }).subscribe({
    next: ({ data }) => {
      console.log(JSON.stringify(data))
      running.unsubscribe()
      resolve()
    },
    error: reject,
  })
})
await ws.dispose()
console.log('done')
