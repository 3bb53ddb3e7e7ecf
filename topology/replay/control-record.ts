import { canonicalJson, releaseHash } from '../../operators/release/canonical.ts'
import { parseRelease } from '../../operators/release/file/parse.ts'
import type { Release } from '../../operators/release/release.ts'
import type { Control } from '../../schemas/generated.ts'
import type { InputRecord } from '../../schemas/input-record.ts'
import type { Time } from '../../schemas/record.ts'
import { topics } from '../../schemas/topics.ts'
import { encodeValue } from '../../schemas/wire.ts'

/** Makes the control record that puts a release in force. */
export function releaseControl(release: Release): Control {
  const document = canonicalJson(release)
  return { controlId: release.release, kind: 'release', document, hash: releaseHash(document) }
}

/** Makes the input record of a control record. */
export const controlRecord = (control: Control, timestamp: Time): InputRecord => ({
  topic: topics.control.name,
  key: control.controlId,
  timestamp,
  value: encodeValue(topics.control.types.control, control),
})

/** Makes the input record of a release from its YAML; throws an Error that names each problem, its line and its remedy. */
export function releaseRecord(yaml: string, timestamp: Time): InputRecord {
  const { release, problems } = parseRelease(yaml, 'the release')
  if (release !== null) return controlRecord(releaseControl(release), timestamp)
  throw new Error(problems.map(({ line, message, remedy }) => `line ${line}: ${message}: ${remedy}`).join('\n'))
}
