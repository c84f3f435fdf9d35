// urql: queries over HTTP, subscriptions over server-sent events, which is what it does without being told more.
import { Client, fetchExchange, subscriptionExchange } from '@urql/core'
import { createClient } from 'graphql-ws'
import WebSocket from 'ws'

process.on('unhandledRejection', (error) => { // what urql leaves lying when it hangs up
  if (error.name !== 'AbortError') throw error
})
const headers = { authorization: `Bearer ${process.env.TOKEN}` }
const fetchOptions = () => ({ headers })
const query = 'subscription { customerChanged(by: {id: "cus_1"}) { ... on CustomerChanged { cursor customer { id displayName } } } }'
const first = (client) =>
  new Promise((resolve, reject) => {
    const { unsubscribe } = client.subscription(query, {}).subscribe(({ data, error }) => {
      if (error) return reject(error)
      unsubscribe()
      resolve(data)
    })
  })

const events = new Client({ url: process.env.KITH, preferGetMethod: false, fetchOptions, fetchSubscriptions: true, exchanges: [fetchExchange] })
const { data, error } = await events.query('{ customer(by: {id: "cus_1"}) { id displayName } }', {})
console.log(JSON.stringify(error ?? data))
console.log(JSON.stringify(await first(events)))

const ws = createClient({ url: process.env.KITH.replace('http', 'ws'), webSocketImpl: WebSocket, connectionParams: headers })
const sockets = new Client({
  url: process.env.KITH,
  preferGetMethod: false,
  exchanges: [
    subscriptionExchange({
      forwardSubscription: (request) => ({
        subscribe: (sink) => ({ unsubscribe: ws.subscribe({ ...request, query: request.query ?? '' }, sink) }),
      }),
    }),
    fetchExchange,
  ],
})
console.log(JSON.stringify(await first(sockets)))
await ws.dispose()
console.log('done')
