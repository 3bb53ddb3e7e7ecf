import { ConnectorError } from '../../../topology/log/log.ts'

/** The hosts that sends may go to. Every address in a release or a setting is checked against them. */
export interface AllowedHosts {
  /** Hosts, each with its port unless that is the default: `hooks.example.com`, `localhost:8080`. */
  readonly allowedHosts: readonly string[]
  /** Allows plain http to this computer, for trying things out. */
  readonly allowsLoopbackHttp?: boolean
}

/** Parses an address and checks it. Throws `bad-url`, `https-required` or `host-not-allowed`. */
export function allowedUrl(text: string, { allowedHosts, allowsLoopbackHttp = false }: AllowedHosts): URL {
  if (!URL.canParse(text)) throw new ConnectorError('bad-url', 'the address is no URL')
  const url = new URL(text)
  if (url.username !== '' || url.password !== '')
    throw new ConnectorError('bad-url', 'an address holds no user and no password: use a header')
  const isSafe =
    url.protocol === 'https:' || (url.protocol === 'http:' && allowsLoopbackHttp && isLoopback(url.hostname))
  if (!isSafe) throw new ConnectorError('https-required', `'${url.host}' must be called by https`)
  if (!allowedHosts.some(host => host.toLowerCase() === url.host))
    throw new ConnectorError('host-not-allowed', `'${url.host}' is not among the allowed hosts`)
  return url
}

/** Returns the host of an address, with its port; returns a text that is no address as it is. */
export const hostOf = (url: string): string => (URL.canParse(url) ? new URL(url).host : url)

/** Tells whether a host name means this computer. */
export const isLoopback = (hostname: string): boolean =>
  hostname === 'localhost' || hostname === '[::1]' || hostname === '::1' || /^127(\.\d{1,3}){3}$/.test(hostname)
