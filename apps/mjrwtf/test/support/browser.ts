import type { Account, TestApp } from './open-app.ts'
import type { RawHeaders, TestRequest, TestResponse } from './send.ts'

type Fields = Readonly<Record<string, string>>

/** A simulated browser: it stores cookies and sends the headers that browsers send. */
export interface Browser {
  /** Name to value. A test may change them to simulate an attacker. */
  readonly cookies: Map<string, string>
  /** Value of the session cookie; empty without one. */
  sessionCookie(): string
  /** Navigates to a path, as if typed into the address bar. */
  open(path: string, headers?: RawHeaders): Promise<TestResponse>
  /** Posts a form with the CSRF token of the page it is on (default: the path itself). */
  submit(path: string, fields?: Fields, options?: SubmitOptions): Promise<TestResponse>
  /** The CSRF token of a page's first form. Throws if there is none. */
  csrfToken(path: string): Promise<string>
  /** Signs in through the form. */
  signIn(account: Pick<Account, 'email' | 'password'>, fields?: Fields): Promise<TestResponse>
  /** Calls the API as a script of our pages does. */
  call(method: string, path: string, body?: unknown): Promise<TestResponse>
  /**
   * Sends a request with the stored cookies and stores those of the response; adds nothing else.
   */
  send(path: string, request?: TestRequest): Promise<TestResponse>
}

export interface SubmitOptions {
  readonly on?: string
  readonly headers?: RawHeaders
}

export const formType: RawHeaders = [['Content-Type', 'application/x-www-form-urlencoded']]

/** The headers a browser sends with a form of one of our pages. */
export function fromOurPage({ baseUrl }: Pick<TestApp, 'baseUrl'>): RawHeaders {
  return [
    ['Origin', baseUrl],
    ['Sec-Fetch-Site', 'same-origin'],
    ['Sec-Fetch-Mode', 'navigate'],
    ['Sec-Fetch-Dest', 'document'],
  ]
}

const navigationHeaders: RawHeaders = [
  ['Sec-Fetch-Site', 'none'],
  ['Sec-Fetch-Mode', 'navigate'],
  ['Sec-Fetch-Dest', 'document'],
  ['Accept', 'text/html,application/xhtml+xml,*/*;q=0.8'],
]

/** `headers` are added to every request, for example X-Forwarded-For. */
export function aBrowser(
  app: Pick<TestApp, 'baseUrl' | 'send'>,
  headers: RawHeaders = [],
): Browser {
  const cookies = new Map<string, string>()

  async function send(path: string, request: TestRequest = {}): Promise<TestResponse> {
    const cookieHeaders = cookieHeader(cookies)
    const allHeaders = [...cookieHeaders, ...headers, ...(request.headers ?? [])]
    const answer = await app.send(path, { ...request, headers: allHeaders })
    for (const cookie of answer.setCookies) storeCookie(cookies, cookie)
    return answer
  }

  function open(path: string, extraHeaders: RawHeaders = []): Promise<TestResponse> {
    return send(path, { headers: [...navigationHeaders, ...extraHeaders] })
  }

  async function csrfToken(path: string): Promise<string> {
    const { body, status } = await open(path)
    const token = csrfTokenIn(body)
    if (token === null) throw new Error(`No form on ${path} (${status}).`)
    return token
  }

  async function submit(path: string, fields: Fields = {}, options: SubmitOptions = {}) {
    const { body: page, status } = await open(options.on ?? path)
    const token = csrfTokenIn(page)
    if (token === null) throw new Error(`No form on ${options.on ?? path} (${status}).`)
    return send(path, {
      method: 'POST',
      headers: [...formType, ...fromOurPage(app), ...(options.headers ?? [])],
      body: new URLSearchParams({ csrf_token: token, ...linkIn(page), ...fields }).toString(),
    })
  }

  return {
    cookies,
    sessionCookie: () => cookies.get(sessionCookieName(app)) ?? '',
    open,
    submit,
    csrfToken,
    send,
    signIn: ({ email, password }, fields = {}) =>
      submit('/login', { email, password, ...fields }, { on: '/login' }),
    async call(method, path, body) {
      const token = await apiToken(send)
      const text = body === undefined ? undefined : JSON.stringify(body)
      const callHeaders: RawHeaders = [
        ['Origin', app.baseUrl],
        ['Sec-Fetch-Site', 'same-origin'],
        ['Content-Type', 'application/json'],
        ['X-CSRF-Token', token],
      ]
      return send(path, {
        method,
        headers: callHeaders,
        ...(text === undefined ? {} : { body: text }),
      })
    },
  }
}

export type SignedInBrowser = Browser & { readonly account: Account }

/** A browser that has signed in. */
export async function aSignedInBrowser(app: TestApp, account?: Account): Promise<SignedInBrowser> {
  const signedInAccount = account ?? (await app.account())
  const browser = aBrowser(app)
  const answer = await browser.signIn(signedInAccount)
  if (answer.status !== 303) throw new Error(`Sign-in was answered ${answer.status}.`)
  return Object.assign(browser, { account: signedInAccount })
}

export function sessionCookieName({ baseUrl }: Pick<TestApp, 'baseUrl'>): string {
  return baseUrl.startsWith('https:') ? '__Host-session' : 'session-dev'
}

export function csrfTokenIn(body: string): string | null {
  return /name="csrf_token" value="([^"]+)"/.exec(body)?.[1] ?? null
}

/** The field in which the page behind an email link states which link opened it. */
function linkIn(body: string): Fields {
  const [, link] = /name="link" value="([^"]+)"/.exec(body) ?? []
  return link === undefined ? {} : { link }
}

/** The visible text of a page, without tags and repeated whitespace. */
export function textOf({ body }: Pick<TestResponse, 'body'>): string {
  return body
    .replace(/<(script|style|svg)[\s\S]*?<\/\1>/g, ' ')
    .replace(/<[^>]+>/g, ' ')
    .replace(/&quot;/g, '"')
    .replace(/&#39;/g, "'")
    .replace(/&lt;/g, '<')
    .replace(/&gt;/g, '>')
    .replace(/&amp;/g, '&')
    .replace(/\s+/g, ' ')
}

async function apiToken(send: Browser['send']): Promise<string> {
  const json = (await send('/api/session')).json()
  const hasToken = typeof json === 'object' && json !== null && 'csrf_token' in json
  return hasToken ? String(json.csrf_token) : 'none'
}

function cookieHeader(cookies: ReadonlyMap<string, string>): RawHeaders {
  const pairs = [...cookies].map(([name, value]) => `${name}=${value}`)
  return pairs.length === 0 ? [] : [['Cookie', pairs.join('; ')]]
}

function storeCookie(cookies: Map<string, string>, setCookie: string): void {
  const [, name = '', value = ''] = /^([^=]*)=([^;]*)/.exec(setCookie) ?? []
  if (/; Max-Age=0(?:;|$)/.test(setCookie)) cookies.delete(name)
  else cookies.set(name, value)
}
