import { file } from './file-provider.ts'
import type { ProviderKind } from './provider-kind.ts'
import type { SettingOf } from './setting-fields.ts'
import { smtp } from './smtp-provider.ts'
import { webhook } from './webhook-provider.ts'

/** Every kind of provider, by its key under a channel in `joai.yaml`. A new kind needs an entry here and nothing else. */
export const providers = { webhook, smtp, file }

type Providers = typeof providers

/** The key of a kind of provider. */
export type ProviderName = keyof Providers

/** The settings of each kind of provider. A channel has those of exactly one. */
export type ProviderSettings = {
  readonly [K in ProviderName]?: Providers[K] extends ProviderKind<infer F> ? SettingOf<F> : never
}
