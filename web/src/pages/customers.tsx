import { useCallback, useEffect, useState } from 'react'
import { Link } from 'wouter'
import { Customers, type CustomersQuery } from '../api/api.gen'
import { ask } from '../lib/api'
import { useNow } from '../lib/clock'
import { ago, day, exactTime, nameOf } from '../lib/format'
import { recent } from '../lib/recent'
import { useTitle } from '../lib/title'
import { Button, Empty, Face, Failure, SkeletonRows, Toggle } from '../ui/parts'

type Line = CustomersQuery['customers']['nodes'][number]

/** Who was here last. */
export function CustomersPage() {
  useTitle('Customers')
  const now = useNow()
  const [known, setKnown] = useState<boolean | null>(true)
  const [list, setList] = useState<Line[] | null>(null)
  const [more, setMore] = useState<string | null>(null)
  const [trouble, setTrouble] = useState<unknown>(null)
  const seen = recent.use()

  const load = useCallback(
    (after: string | null) => {
      setTrouble(null)
      ask(Customers, { first: 50, after, known }).then(({ customers }) => {
        setList((before) => (after ? [...(before ?? []), ...customers.nodes] : customers.nodes))
        setMore(customers.pageInfo.hasNextPage ? customers.pageInfo.endCursor : null)
      }, setTrouble)
    },
    [known],
  )
  useEffect(() => {
    setList(null)
    load(null)
  }, [load])

  return (
    <div className="page">
      <div className="page-head">
        <h1>Customers</h1>
        <p>Seen last, first</p>
        <span className="grow" />
        <div className="row" role="group" aria-label="Show">
          <Toggle on={known === true} onChange={() => setKnown(true)}>
            Known
          </Toggle>
          <Toggle on={known === false} onChange={() => setKnown(false)}>
            Visitors
          </Toggle>
          <Toggle on={known === null} onChange={() => setKnown(null)}>
            All
          </Toggle>
        </div>
      </div>
      {seen.length > 0 && (
        <div className="row flow" role="group" aria-label="Looked at in this session">
          {seen.map((s) => (
            <Link key={s.id} href={`/customers/${s.id}`} className="toggle">
              {s.name}
            </Link>
          ))}
        </div>
      )}
      {trouble ? <Failure error={trouble} onRetry={() => load(null)} /> : null}
      {!trouble && list === null && <SkeletonRows rows={14} />}
      {list?.length === 0 && (
        <Empty title="Nobody yet">
          <p>As soon as a source sends a call, whoever it is about appears here. The overview shows how to send one.</p>
          <Link href="/">To the overview</Link>
         
        </Empty>
      )}
      {list && list.length > 0 && (
        <div className="panel">
          <table className="table">
            <thead>
              <tr>
                <th scope="col">Customer</th>
                <th scope="col">Last seen</th>
                <th scope="col" className="wide-only">
                  First seen
                </th>
                <th scope="col" className="wide-only">
                  Id
                </th>
              </tr>
            </thead>
            <tbody>
              {list.map((c) => (
                <tr key={c.id}>
                  <td>
                    <span className="row">
                      <Face name={nameOf(c)} known={c.known} />
                      <Link href={`/customers/${c.id}`} className="cut strong">
                        {nameOf(c)}
                      </Link>
                    </span>
                  </td>
                  <td className="num">{c.lastSeenAt ? <time dateTime={c.lastSeenAt} title={exactTime(c.lastSeenAt)}>{ago(c.lastSeenAt, now)}</time> : '–'}</td>
                  <td className="num wide-only">{c.firstSeenAt ? day(c.firstSeenAt) : '–'}</td>
                  <td className="mono muted wide-only">{c.id}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      {more && (
        <div>
          <Button onPress={() => load(more)}>Show more</Button>
        </div>
      )}
    </div>
  )
}
