/** Codes that say little as they are. */
const names: Record<string, string> = {
  no_user_anon_id: 'neither user id nor anonymous id',
  missing_event: 'missing event name',
  message_id_conflict: 'message id used for something else',
  too_deep: 'nested too deeply',
  timestamp_ahead: 'time lies ahead',
}

/** Why a call was refused, in words. */
export const refusal = (code: string): string => names[code] ?? code.replaceAll('_', ' ')

/** Why and where, unless the one says the other. */
export function refusalAt(code: string, field: string | null): string {
  const text = refusal(code)
  const said = !field || [text, code].some((t) => t.replace(/[ _]/g, '').includes(field.toLowerCase()))
  return said ? text : `${text}: ${field}`
}
