import { Link } from 'wouter'
import { nameOf, signed, typeName, valueText, wordsOf } from '../../lib/format'
import { Face } from '../../ui/parts'
import { TypeMark } from '../../ui/type-mark'
import type { Item } from './page'

/** So many bits fill the bar. */
const full = 12

/** Two records side by side: what agrees, what differs, what is missing, and what that weighs. */
export function Compare({ item }: { item: Item }) {
  const comparison = item.link?.comparison
  const [a, b] = [item.customers[0], item.customers[1] ?? item.customers[0]]
  return (
    <div className="stack">
      {a && b && (
        <div className="compare-heads">
          <Head of={a} with={item.identifiers[0]} />
          <Head of={b} with={item.identifiers[1]} />
        </div>
      )}
      {comparison ? (
        <table className="table compare">
          <thead>
            <tr>
              <th scope="col">Field</th>
              <th scope="col">One</th>
              <th scope="col">The other</th>
              <th scope="col">Says</th>
              <th scope="col" className="right">
                Weight
              </th>
            </tr>
          </thead>
          <tbody>
            {comparison.fields.map((f) => {
              const kind = f.weight === 0 ? 'missing' : f.weight > 0 ? 'agrees' : 'differs'
              const stated = f.field === 'relation' ? '' : 'not stated'
              return (
                <tr key={f.field} className={kind}>
                  <th scope="row">{wordsOf(f.field)}</th>
                  <td className="wrap">{f.from ?? <span className="muted">{stated}</span>}</td>
                  <td className="wrap">{f.to ?? <span className="muted">{stated}</span>}</td>
                  <td>
                    <span className={`chip ${kind === 'agrees' ? 'good' : kind === 'differs' ? 'bad' : ''}`}>
                      {kind === 'agrees' ? '+' : kind === 'differs' ? '−' : ''} {wordsOf(f.level)}
                    </span>
                  </td>
                  <td className="right num">
                    <span className="weight">
                      <span className="weight-bar" aria-hidden="true">
                        <span style={{ width: `${Math.min(50, (Math.abs(f.weight) / full) * 50)}%`, [f.weight >= 0 ? 'left' : 'right']: '50%' }} className={f.weight >= 0 ? 'plus' : 'minus'} />
                      </span>
                      <span>{signed(f.weight)}</span>
                    </span>
                  </td>
                </tr>
              )
            })}
          </tbody>
        </table>
      ) : (
        <Traits item={item} />
      )}
      {item.customers.length > 1 && <p className="small muted">Joined, they would have {item.customers.reduce((n, c) => n + c.identifiers.nodes.length, 0)} identifiers and one history.</p>}
    </div>
  )
}

type Customer = Item['customers'][number]

function Head({ of, with: identifier }: { of: Customer; with?: { type: string; value: string } }) {
  return (
    <div className="row">
      <Face name={nameOf(of)} known={of.known} />
      <div className="grow">
        <Link className="strong" href={`/customers/${of.id}`}>
          {nameOf(of)}
        </Link>
        {identifier && (
          <p className="row tiny muted" style={{ gap: 4 }}>
            <TypeMark type={identifier.type} />
            <span className="cut">
              {typeName(identifier.type)} {identifier.value}
            </span>
          </p>
        )}
      </div>
    </div>
  )
}

/** Where no records were compared: what is known of each. */
function Traits({ item }: { item: Item }) {
  const of = item.customers.map((c) => (c.traits ?? {}) as Record<string, unknown>)
  const keys = [...new Set(of.flatMap((t) => Object.keys(t)))].sort().slice(0, 24)
  if (keys.length === 0) return <p className="muted small">Nothing is stated of them.</p>
  return (
    <table className="table compare">
      <thead>
        <tr>
          <th scope="col">Trait</th>
          {item.customers.map((c) => (
            <th key={c.id} scope="col">
              {nameOf(c)}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {keys.map((key) => (
          <tr key={key}>
            <th scope="row">{wordsOf(key)}</th>
            {of.map((t, i) => (
              <td key={i} className="wrap">
                {valueText(t[key])}
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  )
}
