import { isLoopbackInBrowsers } from '../../domain/ip-address.ts'

/** The origin of a server; `null` unless it is https, or http on this machine: a token must not be sent unencrypted. */
export function parseServer(text: string): string | null {
  const complete = /^[a-z]+:\/\//i.test(text) ? text : `https://${text}`
  if (!URL.canParse(complete)) return null
  const { protocol, hostname, origin, href } = new URL(complete)
  if (href !== `${origin}/`) return null
  if (protocol === 'https:') return origin
  return protocol === 'http:' && isLoopbackInBrowsers(hostname) ? origin : null
}
