// What a Relay app asks: fragments, pages that grow, an object found again by its id, a subscription.
import { graphql } from 'react-relay'

export const customers = graphql`
  query CustomersQuery($count: Int = 20, $cursor: String) {
    ...Customers_list
    node(id: "cus_1") { ...Customers_customer @alias(as: "customer") }
  }
`
export const list = graphql`
  fragment Customers_list on Query @refetchable(queryName: "CustomersPageQuery") {
    customers(first: $count, after: $cursor) @connection(key: "Customers_customers") {
      edges { cursor node { id ...Customers_customer } }
      pageInfo { hasNextPage endCursor }
    }
  }
`
export const customer = graphql`
  fragment Customers_customer on Customer @refetchable(queryName: "CustomersTouchpointsQuery") @argumentDefinitions(count: {type: "Int", defaultValue: 5}, cursor: {type: "String"}) {
    displayName
    touchpoints(first: $count, after: $cursor) @connection(key: "Customer_touchpoints") { edges { node { id name at } } }
  }
`
export const live = graphql`
  subscription CustomersLiveSubscription($id: ID!) {
    customerChanged(by: {id: $id}) { __typename ... on CustomerChanged { cursor customer { ...Customers_customer } } }
  }
`
export const join = graphql`
  mutation CustomersJoinMutation($input: IdentityJoinInput!) {
    identityJoin(input: $input) { customers { ...Customers_customer } userErrors { field message code } }
  }
`
