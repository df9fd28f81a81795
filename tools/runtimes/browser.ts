export interface Answer {
  readonly status: number
  readonly body: string
}

/** A browser on a page of the tested server's origin. Follows no redirects. */
export interface Browser {
  /** The stored cookies: name to value. */
  readonly cookies: Map<string, string>
  get(path: string): Promise<Answer>
  post(path: string, fields?: Readonly<Record<string, string>>): Promise<Answer>
}

const sameOrigin = { Origin: 'https://coatcheck.example', 'Sec-Fetch-Site': 'same-origin' }

/** Creates a browser without cookies, whose requests have additional headers. */
export function createBrowser(server: string, headers: Readonly<Record<string, string>>): Browser {
  const cookies = new Map<string, string>()

  async function send(path: string, options: RequestInit): Promise<Answer> {
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    const response = await fetch(server + path, {
      ...options,
      redirect: 'manual',
      headers: { ...headers, ...sameOrigin, Cookie: cookie },
    })
    for (const each of response.headers.getSetCookie()) store(each)
    return { status: response.status, body: await response.text() }
  }

  function store(setCookie: string): void {
    const [, name = '', value = ''] = /^([^=]*)=([^;]*)/.exec(setCookie) ?? []
    if (/; Max-Age=0(?:;|$)/.test(setCookie)) cookies.delete(name)
    else cookies.set(name, value)
  }

  return {
    cookies,
    get: (path) => send(path, {}),
    post: (path, fields = {}) => send(path, { method: 'POST', body: new URLSearchParams(fields) }),
  }
}
