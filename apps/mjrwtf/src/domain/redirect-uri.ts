/**
 * - `https`: a website, or a browser extension.
 * - `loopback`: a program on the user's computer, which listens on any free port (RFC 8252, section 7.3).
 * - `private-use`: an app that registered a scheme of its own (RFC 8252, section 7.1).
 */
export type RedirectUriKind = 'https' | 'loopback' | 'private-use'

export type RedirectUriProblem =
  | 'not-a-uri'
  | 'too-long'
  | 'not-normalized'
  | 'has-fragment'
  | 'has-user-info'
  | 'has-wildcard'
  | 'localhost'
  | 'plain-http'
  | 'scheme-without-dot'

export const redirectUriMaxLength = 500

/** Printable ASCII without space, quotes, backslash and the other characters that parsers treat differently. */
const allowedPattern = /^[\x21\x23-\x26\x28-\x3b\x3d\x3f-\x5b\x5d\x5f\x61-\x7a\x7e]+$/

/** Why a text cannot be registered as a redirect URI, or `null`. It is compared as text later, so it has one spelling only. */
export function redirectUriProblem(text: string): RedirectUriProblem | null {
  if (text.length > redirectUriMaxLength) return 'too-long'
  const url = allowedPattern.test(text) ? URL.parse(text) : null
  if (url === null) return 'not-a-uri'
  if (text.includes('#')) return 'has-fragment'
  if (url.username !== '' || url.password !== '') return 'has-user-info'
  if (text.includes('*')) return 'has-wildcard'
  return schemeProblem(url) ?? (url.href === text ? null : 'not-normalized')
}

function schemeProblem({ protocol, hostname }: URL): RedirectUriProblem | null {
  if (protocol === 'https:') return null
  if (protocol === 'http:') {
    if (hostname === 'localhost') return 'localhost'
    return loopbackHosts.has(hostname) ? null : 'plain-http'
  }
  // A reversed domain name, which also excludes `javascript:`, `data:` and schemes that other apps have.
  return protocol.includes('.') ? null : 'scheme-without-dot'
}

/** Not `localhost`: it can be resolved to another interface (RFC 8252, section 8.3). */
const loopbackHosts: ReadonlySet<string> = new Set(['127.0.0.1', '[::1]'])

const loopbackPort = /^(http:\/\/(?:127\.0\.0\.1|\[::1\])):(\d{1,5})(?=[/?]|$)/

/** Of a registered redirect URI. */
export function redirectUriKind(uri: string): RedirectUriKind {
  if (uri.startsWith('https:')) return 'https'
  return uri.startsWith('http:') ? 'loopback' : 'private-use'
}

/**
 * Whether a requested redirect URI is a registered one: the same text (RFC 9700, section 4.1.3), except for the port of a
 * loopback URI, which the program gets from the operating system.
 */
export function isRegisteredRedirectUri(registered: readonly string[], requested: string): boolean {
  if (registered.includes(requested)) return true
  const [, , port] = loopbackPort.exec(requested) ?? []
  if (port === undefined || Number(port) < 1 || Number(port) > 65_535) return false
  const portless = withoutPort(requested)
  return registered.some(
    (uri) => redirectUriKind(uri) === 'loopback' && withoutPort(uri) === portless,
  )
}

function withoutPort(uri: string): string {
  return uri.replace(loopbackPort, '$1')
}
