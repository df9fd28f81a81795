import { readEntryPoints } from './entry-points.ts'
import type { TestResponse } from './send.ts'

const { createsSession } = readEntryPoints()
/** Ids of all sessions created so far, by any app: several apps may share a database. */
const knownSessions = new Set<string>()

/**
 * Inspects every response and log line of an app under test for all secrets that were issued. The
 * app's disposal asserts that there are no findings, so every test file checks this.
 */
export interface LeakDetector {
  /**
   * A password, email token or one-time code. None may appear in a log line or header; passwords
   * and tokens may not appear in a page either. An authorization code is in the header that redirects to the client.
   */
  addSecret(secret: string, kind: 'password' | 'token' | 'code' | 'authorization-code'): void
  /** `overHttps`: whether the request used https. Default: whether the app's base URL does. */
  inspect(path: string, answer: TestResponse, overHttps?: boolean): void
  log(line: string): void
  readonly lines: readonly string[]
  /** Everything that was wrong. */
  findings(): readonly string[]
}

export function createLeakDetector({ https }: { readonly https: boolean }): LeakDetector {
  const lines: string[] = []
  const violations: string[] = []
  const tokens = new Set<string>()
  const csrfTokens = new Set<string>()
  const codes = new Set<string>()
  const passwords = new Set<string>()
  const authorizationCodes = new Set<string>()
  const secretsByKind = {
    token: tokens,
    code: codes,
    password: passwords,
    'authorization-code': authorizationCodes,
  }
  const pages: string[] = []
  const headerBlocks: string[] = []

  function addCookieSecrets(cookie: string): void {
    const [, name = '', value = ''] = /^([^=]*)=([^;]*)/.exec(cookie) ?? []
    if (value === '' || /flash/.test(name)) return
    tokens.add(value)
    // The secret half alone would be as bad, and so would the seed of a pre-session.
    for (const half of value.split('.')) if (half.length === 43) tokens.add(half)
  }

  function findings(): readonly string[] {
    const log = lines.join('\n')
    const all = pages.join('\n')
    const head = headerBlocks.join('\n')
    const leaksIn = (where: string, text: string, secrets: Iterable<string>) =>
      [...secrets].some((secret) => text.includes(secret)) ? [`a secret in ${where}`] : []
    return [
      ...violations,
      ...leaksIn('the log', log, [...tokens, ...csrfTokens, ...codes, ...passwords]),
      ...leaksIn('the log (authorization code)', log, authorizationCodes),
      ...leaksIn('a header', head, [...tokens, ...csrfTokens, ...codes, ...passwords]),
      ...leaksIn('a page (token)', secretsIn(all), tokens),
      ...leaksIn('a page (password)', all, passwords),
    ]
  }

  return {
    addSecret: (secret, kind) => void secretsByKind[kind].add(secret),
    log: (line) => void lines.push(line),
    lines,
    inspect(path, answer, overHttps = https) {
      const report = (violation: string) =>
        violations.push(`${answer.status} ${path}: ${violation}`)
      for (const violation of headerViolations(answer, overHttps)) report(violation)
      for (const violation of cookieViolations(answer.setCookies, https)) report(violation)
      for (const violation of sessionViolations(path, answer.setCookies)) report(violation)
      for (const cookie of answer.setCookies) addCookieSecrets(cookie)
      for (const [, token = ''] of answer.body.matchAll(/name="csrf_token" value="([^"]+)"/g)) {
        csrfTokens.add(token)
      }
      const { 'set-cookie': _, ...others } = answer.headers
      headerBlocks.push(JSON.stringify(others))
      // The development mailbox shows emails in full on purpose.
      if (!/^GET \/dev\/mail(\/|$)/.test(path)) pages.push(answer.body)
    },
    findings,
  }
}

/** Only routes listed in docs/authentication.md may create a session (ASVS 5.0 V6.1.3). */
function sessionViolations(path: string, cookies: readonly string[]): string[] {
  const handles = cookies.flatMap(
    (cookie) => /^(?:__Host-)?session(?:-dev)?=([\w-]{22})\./.exec(cookie)?.[1] ?? [],
  )
  const createdSessions = handles.filter((handle) => !knownSessions.has(handle))
  for (const handle of createdSessions) knownSessions.add(handle)
  const isListed = createsSession(path.replace(/\?.*/, ''))
  return createdSessions.length === 0 || isListed ? [] : ['creates a session but is not listed']
}

/** Only strings long enough to contain a token: pages are large and mostly prose. */
function secretsIn(text: string): string {
  return (text.match(/[A-Za-z0-9_.-]{43,}/g) ?? []).join('\n')
}

/** Requirements for every response (checklist sections 5 and 7). */
function headerViolations({ status, headers, setCookies }: TestResponse, https: boolean): string[] {
  // Node itself answers requests that are not valid HTTP.
  if (headers['x-content-type-options'] === undefined) return ['no nosniff']
  const violations: string[] = []
  const policy = String(headers['content-security-policy'] ?? '')
  if (!policy.includes("frame-ancestors 'none'")) violations.push('may be framed')
  if (https !== (headers['strict-transport-security'] !== undefined)) violations.push('HSTS')
  for (const forbiddenHeader of ['x-powered-by', 'x-xss-protection', 'server', 'expect-ct']) {
    if (headers[forbiddenHeader] !== undefined) violations.push(forbiddenHeader)
  }
  // The tests of CORS_ORIGINS allow this one.
  if (![undefined, 'https://tool.test'].includes(headers['access-control-allow-origin']))
    violations.push('CORS is off')
  if (headers['access-control-allow-credentials'] !== undefined)
    violations.push('CORS with cookies')
  if (setCookies.length > 0 && headers['cache-control'] !== 'no-store') {
    violations.push('a cookie in a cacheable response')
  }
  if (status >= 400 && headers['x-request-id'] === undefined) violations.push('no request id')
  return violations
}

function cookieViolations(cookies: readonly string[], https: boolean): string[] {
  const names = cookies.map((cookie) => cookie.split('=', 1)[0] ?? '')
  const violations = new Set(names).size === names.length ? [] : ['one cookie set twice']
  const expected = https
    ? /^__Host-[a-z-]+=[^;]*; Path=\/; Secure; HttpOnly; SameSite=Lax(; Max-Age=\d+)?(; Expires=[^;]+)?$/
    : /^[a-z-]+-dev=[^;]*; Path=\/; HttpOnly; SameSite=Lax(; Max-Age=\d+)?(; Expires=[^;]+)?$/
  // The access to a link is sent to its path only, so its name has no prefix.
  const linkAccess =
    /^link_access=\d{13}\.[\w-]{43}; Path=\/[^;]+; Max-Age=300; HttpOnly; SameSite=Lax(; Secure)?$/
  const malformed = cookies.filter((cookie) => !expected.test(cookie) && !linkAccess.test(cookie))
  return [...violations, ...malformed.map((cookie) => `cookie ${cookie.replace(/=[^;]*/, '=…')}`)]
}
