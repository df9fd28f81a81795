import { readPathways } from './pathways.ts'
import type { Answer } from './send.ts'

const { opensSession } = readPathways()
/** Of every session that was opened, at whichever app: several may share a database. */
const openedSessions = new Set<string>()

/**
 * Sees every answer and every log line of an app under test, and knows every secret that was issued.
 * What it holds of all of them is asked once, when the app closes; so every file of the suite checks it.
 */
export interface Witness {
  /**
   * A password, a mailed token or a one-time code: never in a log or a header; the first two in no page
   * either.
   */
  learn(secret: string, kind: 'password' | 'token' | 'code'): void
  /** `overHttps`: whether the request was. Default: as the app's base URL is. */
  see(path: string, answer: Answer, overHttps?: boolean): void
  log(line: string): void
  readonly lines: readonly string[]
  /** Everything that was wrong. */
  complaints(): readonly string[]
}

export function createWitness({ https }: { readonly https: boolean }): Witness {
  const lines: string[] = []
  const wrong: string[] = []
  const tokens = new Set<string>()
  const csrfTokens = new Set<string>()
  const codes = new Set<string>()
  const passwords = new Set<string>()
  const known = { token: tokens, code: codes, password: passwords }
  const pages: string[] = []
  const heads: string[] = []

  function learnCookie(cookie: string): void {
    const [, name = '', value = ''] = /^([^=]*)=([^;]*)/.exec(cookie) ?? []
    if (value === '' || /flash/.test(name)) return
    tokens.add(value)
    // The secret half alone would be as bad, and so would a pre-session's seed.
    for (const half of value.split('.')) if (half.length === 43) tokens.add(half)
  }

  function complaints(): readonly string[] {
    const log = lines.join('\n')
    const all = pages.join('\n')
    const head = heads.join('\n')
    const found = (where: string, text: string, secrets: Iterable<string>) =>
      [...secrets].some((secret) => text.includes(secret)) ? [`a secret in ${where}`] : []
    return [
      ...wrong,
      ...found('the log', log, [...tokens, ...csrfTokens, ...codes, ...passwords]),
      ...found('a header', head, [...tokens, ...csrfTokens, ...codes, ...passwords]),
      ...found('a page (token)', secretsIn(all), tokens),
      ...found('a page (password)', all, passwords),
    ]
  }

  return {
    learn: (secret, kind) => void known[kind].add(secret),
    log: (line) => void lines.push(line),
    lines,
    see(path, answer, overHttps = https) {
      const complain = (what: string) => wrong.push(`${answer.status} ${path}: ${what}`)
      for (const what of headerComplaints(answer, overHttps)) complain(what)
      for (const what of cookieComplaints(answer.setCookies, https)) complain(what)
      for (const what of sessionComplaints(path, answer.setCookies)) complain(what)
      for (const cookie of answer.setCookies) learnCookie(cookie)
      for (const [, token = ''] of answer.body.matchAll(/name="csrf_token" value="([^"]+)"/g)) {
        csrfTokens.add(token)
      }
      const { 'set-cookie': _, ...others } = answer.headers
      heads.push(JSON.stringify(others))
      // In development letters are shown as they are: that is what the page is for.
      if (!/^GET \/dev\/mail(\/|$)/.test(path)) pages.push(answer.body)
    },
    complaints,
  }
}

/** A session may be opened by the routes of docs/authentication.md, and by no other (ASVS 5.0 V6.1.3). */
function sessionComplaints(path: string, cookies: readonly string[]): string[] {
  const handles = cookies.flatMap((cookie) => /session[\w-]*=([\w-]{22})\./.exec(cookie)?.[1] ?? [])
  const opened = handles.filter((handle) => !openedSessions.has(handle))
  for (const handle of opened) openedSessions.add(handle)
  const isListed = opensSession.has(path.replace(/\?.*/, ''))
  return opened.length === 0 || isListed ? [] : ['opens a session, and is not in the list']
}

/** Only texts that are long enough to hold a token: pages are large, and most of them is prose. */
function secretsIn(text: string): string {
  return (text.match(/[A-Za-z0-9_.-]{43,}/g) ?? []).join('\n')
}

/** What holds of every response, whatever it is (checklist sections 5 and 7). */
function headerComplaints({ status, headers, setCookies }: Answer, https: boolean): string[] {
  // Node itself answers what is no HTTP.
  if (headers['x-content-type-options'] === undefined) return ['no nosniff']
  const wrong: string[] = []
  const policy = String(headers['content-security-policy'] ?? '')
  if (!policy.includes("frame-ancestors 'none'")) wrong.push('may be framed')
  if (https !== (headers['strict-transport-security'] !== undefined)) wrong.push('HSTS')
  for (const never of ['x-powered-by', 'x-xss-protection', 'server', 'expect-ct']) {
    if (headers[never] !== undefined) wrong.push(never)
  }
  if (headers['access-control-allow-origin'] !== undefined) wrong.push('CORS is off')
  if (setCookies.length > 0 && headers['cache-control'] !== 'no-store') {
    wrong.push('a cookie in a cacheable response')
  }
  if (status >= 400 && headers['x-request-id'] === undefined) wrong.push('no request id')
  return wrong
}

function cookieComplaints(cookies: readonly string[], https: boolean): string[] {
  const names = cookies.map((cookie) => cookie.split('=', 1)[0] ?? '')
  const wrong = new Set(names).size === names.length ? [] : ['one cookie set twice']
  const expected = https
    ? /^__Host-[a-z]+=[^;]*; Path=\/; Secure; HttpOnly; SameSite=Lax(; Max-Age=\d+)?(; Expires=[^;]+)?$/
    : /^[a-z]+-dev=[^;]*; Path=\/; HttpOnly; SameSite=Lax(; Max-Age=\d+)?(; Expires=[^;]+)?$/
  const odd = cookies.filter((cookie) => !expected.test(cookie))
  return [...wrong, ...odd.map((cookie) => `cookie ${cookie.replace(/=[^;]*/, '=…')}`)]
}
