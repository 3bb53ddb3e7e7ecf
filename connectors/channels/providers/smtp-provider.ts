import { isLoopback } from './allowed-url.ts'
import { providerKind } from './provider-kind.ts'
import { count, flag, optional, secret, text } from './setting-fields.ts'

/** The provider behind `smtp:` in the settings of a channel. */
export const smtp = providerKind({
  does: 'hands each send to a mail server. Mail has no idempotency, so a mail with an unknown outcome is never sent again',
  needs:
    'STARTTLS, or TLS from the start with `secure: true`; plain text only on this computer. `addresses` is a JSON file that maps each token to its address',
  fields: {
    host: text,
    port: count(65_535),
    from: text,
    secure: optional(flag),
    user: optional(text),
    password: optional(secret),
    addresses: text,
  },
  async open({ host, port, from, secure = false, user, password = '', addresses }, { reveal, readJson }) {
    // Loaded only here, because most commands read the settings but deliver no mail.
    const { openMailServer } = await import('./mail-server.ts')
    const addressOf = new Map(Object.entries(readJson(addresses, 'addresses') as Readonly<Record<string, string>>))
    return openMailServer({
      host,
      port,
      from,
      isSecure: secure,
      allowsLoopbackPlain: !secure && isLoopback(host),
      ...(user === undefined ? {} : { auth: { user, pass: reveal(password, 'password') } }),
      addressOf: async ({ addressToken }) => addressOf.get(addressToken) ?? null,
    })
  },
})
