import type { ParseError } from '@marcbachmann/cel-js'

/** Errors of CEL whose words name types and functions, but no values. */
const ofTypes: ReadonlySet<string> = new Set(['no_such_overload', 'no_matching_overload', 'optional_value_missing'])
/** What we throw ourselves. */
const ours = /^(it takes more than|the decision takes more than|it gives|'\S+' gives) /

/**
 * Says why an expression has no value, without naming a value of the record: a name that the expression computes would be one.
 */
export function reasonOf(error: Error, expression: string): string {
  const { code, summary = '', message } = error as Partial<ParseError> & Error
  if (code === 'no_such_key') {
    const name = /^No such key: (.*)$/s.exec(summary)?.[1] ?? ''
    return name !== '' && expression.includes(name) ? `there is no '${name}'` : 'there is no such name'
  }
  if (code !== undefined && ofTypes.has(code)) return summary
  return ours.test(message) ? message : 'its values do not fit'
}
