// Makes src/api/api.gen.ts of ../schema.graphqls and the documents in src/api: each operation as a text that carries the
// types of its variables and its answer. documents.json is all of these texts, for servers that execute listed documents alone.
import { readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { codegen } from '@graphql-codegen/core'
import * as types from '@graphql-codegen/typescript'
import * as operations from '@graphql-codegen/typescript-operations'
import { buildSchema, parse, print, stripIgnoredCharacters, validate, visit } from 'graphql'

const here = new URL('./', import.meta.url)
const schema = buildSchema(readFileSync(new URL('../schema.graphqls', here), 'utf8'))
const documents = readdirSync(new URL('src/api/', here))
  .filter((name) => name.endsWith('.graphql'))
  .sort()
  .map((name) => ({ location: name, document: parse(readFileSync(new URL(`src/api/${name}`, here), 'utf8'), { noLocation: true }) }))

const whole = { kind: 'Document', definitions: documents.flatMap((d) => d.document.definitions) }
const faults = validate(schema, whole)
if (faults.length > 0) {
  for (const fault of faults) console.error(fault.toString())
  process.exit(1)
}

const config = {
  scalars: { ID: 'string', Time: 'string', JSON: 'unknown', Duration: 'string', Int64: 'number | string' },
  enumsAsTypes: true,
  skipTypename: true,
  nonOptionalTypename: false,
  useTypeImports: true,
  avoidOptionals: false,
  onlyOperationTypes: true,
}
const text = await codegen({
  schema: parse(readFileSync(new URL('../schema.graphqls', here), 'utf8')),
  schemaAst: schema,
  documents,
  config,
  filename: 'api.gen.ts',
  plugins: [{ operations: config }],
  pluginMap: { types, operations },
})

const fragments = new Map()
for (const d of whole.definitions) if (d.kind === 'FragmentDefinition') fragments.set(d.name.value, d)
function needed(definition, into = new Set()) {
  visit(definition, {
    FragmentSpread(spread) {
      if (into.has(spread.name.value)) return
      into.add(spread.name.value)
      needed(fragments.get(spread.name.value), into)
    },
  })
  return into
}

const lines = []
const texts = []
for (const d of whole.definitions) {
  if (d.kind !== 'OperationDefinition') continue
  const name = d.name.value
  const kind = d.operation[0].toUpperCase() + d.operation.slice(1)
  const parts = [d, ...[...needed(d)].sort().map((f) => fragments.get(f))]
  const body = stripIgnoredCharacters(parts.map(print).join('\n'))
  texts.push(body)
  lines.push(`export const ${name} = ${JSON.stringify(body)} as Document<${name}${kind}, ${name}${kind}Variables>`)
}
const head = `// Made by generate.mjs. Do not edit.
/** The text of an operation, with the types of its variables and its answer. */
export type Document<Data, Variables extends Record<string, unknown>> = string & { readonly of?: (variables: Variables) => Data }
`
writeFileSync(new URL('src/api/api.gen.ts', here), `${head}\n${text}\n${lines.join('\n')}\n`)
writeFileSync(new URL('documents.json', here), `${JSON.stringify(texts, null, 1)}\n`)
