import type { Provider } from './provider.ts'
import type { Secret, SettingFields, SettingOf } from './setting-fields.ts'

/** Resolves what a provider's settings only name. `field` is the setting that does, for the error message. */
export interface SettingSources {
  /** Returns the text of a secret. */
  reveal(secret: Secret, field: string): string
  /** Returns the value in a JSON file. */
  readJson(file: string, field: string): unknown
}

/** A kind of provider. Its settings, their checks, their masking and their documentation are all made from this. */
export interface ProviderKind<F extends SettingFields> {
  readonly fields: F
  /** Says what a delivery does, for the table of docs/channels.md. */
  readonly does: string
  /** Says which settings and services it needs, for the same table. */
  readonly needs: string
  /** Opens the provider. Throws ConnectorError when its settings can't be used. */
  readonly open: (setting: SettingOf<F>, sources: SettingSources) => Provider | Promise<Provider>
}

/** Declares a kind of provider. The compiler derives the type of its settings from its fields. */
export const providerKind = <const F extends SettingFields>(kind: ProviderKind<F>): ProviderKind<F> => kind
