// The audits of graphql-http: what the specification of GraphQL over HTTP says of a server.
import { serverAudits } from 'graphql-http'

const fetchFn = (url, init = {}) =>
  fetch(url, { ...init, headers: { ...init.headers, authorization: `Bearer ${process.env.TOKEN}` } })
const results = []
for (const audit of serverAudits({ url: process.env.KITH, fetchFn })) {
  const { id, name, status, reason } = await audit.fn()
  results.push({ id, name, status, reason })
}
console.log(JSON.stringify(results))
