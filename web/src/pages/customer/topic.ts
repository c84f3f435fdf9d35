import { WatchCustomer, type WatchCustomerSubscription } from '../../api/api.gen'
import { fold, nobody, resync } from './model'

/** A customer, live: opened by the subscription's snapshot. */
export const customerTopic = (id: string) => ({
  key: `customer ${id}`,
  document: WatchCustomer,
  variables: { id },
  event: (data: WatchCustomerSubscription) => data.customerChanged,
  initial: nobody,
  fold,
  resync,
})
