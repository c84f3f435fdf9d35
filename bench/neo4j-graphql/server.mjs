// The graph that Kith keeps, served by @neo4j/graphql as its documentation starts it: one process, Apollo Server, the
// driver's own pool. Nobody is asked for a token and nothing is limited. The timeline is the statement Kith uses, since
// the library's own way to it would read all of a customer's touchpoints.
import { ApolloServer } from '@apollo/server'
import { startStandaloneServer } from '@apollo/server/standalone'
import { Neo4jGraphQL } from '@neo4j/graphql'
import neo4j from 'neo4j-driver'

const typeDefs = `#graphql
  type Customer @node {
    id: ID!
    displayName: String
    known: Boolean!
    shared: Boolean!
    firstSeenAt: BigInt
    lastSeenAt: BigInt
    traits: String
    identifiers: [Identifier!]! @relationship(type: "OF", direction: IN)
    touchpoints(limit: Int!): [Touchpoint!]! @cypher(columnName: "t", statement: """
      MATCH (this)<-[:OF]-(i:Identifier)
      CALL (i) {
        MATCH (t:Touchpoint) USING INDEX t:Touchpoint(actor, at, id)
        WHERE t.actor = i.key AND t.at IS NOT NULL AND t.id IS NOT NULL
        RETURN t ORDER BY t.actor DESC, t.at DESC, t.id DESC LIMIT $limit
      }
      RETURN t ORDER BY t.at DESC, t.id DESC LIMIT $limit
    """)
  }

  type Identifier @node {
    cid: ID!
    type: String!
    value: String!
    status: String!
    firstSeenAt: BigInt
    lastSeenAt: BigInt
  }

  type Touchpoint @node {
    id: ID!
    type: String!
    name: String!
    at: BigInt!
    source: String!
    channel: String
    properties: String
  }
`

const { NEO4J_URI, NEO4J_USERNAME, NEO4J_PASSWORD, NEO4J_DATABASE } = process.env
const driver = neo4j.driver(NEO4J_URI, neo4j.auth.basic(NEO4J_USERNAME, NEO4J_PASSWORD))
const schema = await new Neo4jGraphQL({ typeDefs, driver }).getSchema()
const server = new ApolloServer({ schema })
const { url } = await startStandaloneServer(server, {
  listen: { host: '127.0.0.1', port: 0 },
  context: async () => ({ sessionConfig: { database: NEO4J_DATABASE || 'neo4j' } }),
})
console.log(`listening ${url}`)
