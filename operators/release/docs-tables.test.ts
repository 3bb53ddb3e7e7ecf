import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { type FeatureKindEntry, featureKinds } from '../features/kinds/feature-kinds.ts'
import { type FixedPart, type RuleVariable, ruleVariables } from './rules/rule-variables.ts'
import { scopeParts } from './rules/scope-parts.ts'

const fields: Readonly<Record<FeatureKindEntry['field'], string | null>> = {
  none: null,
  lines: null,
  any: '`field`',
  number: '`field`, of numbers',
}

function needsOf({ field, window, setting }: FeatureKindEntry): string {
  const needs = [fields[field], window === 'required' ? '`window`' : null, setting && `\`${setting}\``]
  return needs.filter(need => need !== null).join('; ') || '–'
}

/** The Markdown table of feature kinds in `docs/releases.md`. */
const featureKindsTable = (): string =>
  [
    '| kind | needs | serves |',
    '|---|---|---|',
    ...Object.entries(featureKinds).map(([kind, entry]) => `| \`${kind}\` | ${needsOf(entry)} | ${entry.doc} |`),
  ].join('\n')

/** The Markdown table of rule variables in `docs/releases.md`. */
const ruleVariablesTable = (): string =>
  [
    '| variable | what it holds |',
    '|---|---|',
    ...Object.entries(scopeParts).flatMap(([part, { doc }]) =>
      doc === null
        ? variablesOf(part as FixedPart).map(([name, variable]) => `| \`${part}.${name}\` | ${variable.doc} |`)
        : [`| \`${part}\` | ${doc} |`],
    ),
  ].join('\n')

const variablesOf = (part: FixedPart): readonly [string, RuleVariable][] => Object.entries(ruleVariables[part])

/** The text with the part between the marks of this name replaced. Throws an Error where there are no such marks. */
function withGenerated(text: string, name: string, part: string): string {
  const [before, rest] = text.split(`<!-- ${name}: made by npm run generate -->`)
  const [, after] = rest?.split(`<!-- end of ${name} -->`) ?? []
  if (after === undefined) throw new Error(`there is no part '${name}'`)
  return `${before}<!-- ${name}: made by npm run generate -->\n\n${part}\n\n<!-- end of ${name} -->${after}`
}

// `npm run generate` writes the tables: it runs this test with `--update`.
test('docs/releases.md lists what the tables hold', async () => {
  const file = fileURLToPath(new URL('../../docs/releases.md', import.meta.url))
  const text = readFileSync(file, 'utf8')
  const withKinds = withGenerated(text, 'feature kinds', featureKindsTable())
  await expect(withGenerated(withKinds, 'rule variables', ruleVariablesTable())).toMatchFileSnapshot(file)
})
