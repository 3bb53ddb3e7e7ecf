import type { Provider } from './provider.ts'
import type { Secret, SettingFields, SettingOf } from './setting-fields.ts'

/** What a provider's settings only name. `field` is where they do, for the message when it is not there. */
export interface SettingSources {
  /** The text of a secret. */
  reveal(secret: Secret, field: string): string
  /** The value in a file of JSON. */
  readJson(file: string, field: string): unknown
}

/** A kind of provider that a channel can be set to: all that settings, checks, masking and documentation are made from. */
export interface ProviderKind<F extends SettingFields> {
  readonly fields: F
  /** What it does, in a sentence of docs/channels.md. */
  readonly does: string
  /** What it needs, in the same place. */
  readonly needs: string
  /** Opens it; throws ConnectorError where what is set can't be used. */
  readonly open: (setting: SettingOf<F>, sources: SettingSources) => Provider | Promise<Provider>
}

/** Declares a kind of provider: the compiler takes the type of its settings from its fields. */
export const providerKind = <const F extends SettingFields>(kind: ProviderKind<F>): ProviderKind<F> => kind
