/** Sends a request to the app, without a socket. */
export type SendRequest = (request: Request, ipAddress: string) => Promise<Response>

/** A browser without a window: it stores cookies and submits the forms of pages. */
export interface PageClient {
  /** Name to value. A sequence may change them as an attacker would. */
  readonly cookies: Map<string, string>
  open(path: string): Promise<PageResponse>
  /** Submits the form of a page with its hidden fields. Returns the page itself if it has no form. */
  submit(action: string, fields: Fields, on?: string): Promise<PageResponse>
}

export interface PageResponse {
  readonly status: number
  readonly location: string
  readonly body: string
}

type Fields = Readonly<Record<string, string>>

export const origin = 'http://localhost:8080'

const navigation = { 'Sec-Fetch-Mode': 'navigate', 'Sec-Fetch-Dest': 'document' } as const
const form = {
  ...navigation,
  'Sec-Fetch-Site': 'same-origin',
  'Content-Type': 'application/x-www-form-urlencoded',
  Origin: origin,
} as const

export function createPageClient(sendRequest: SendRequest, ipAddress: string): PageClient {
  const cookies = new Map<string, string>()

  async function send(path: string, init: RequestInit & { readonly headers: Fields }) {
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    const headers = { ...init.headers, Cookie: cookie, 'User-Agent': 'Firefox/140.0' }
    const request = new Request(`${origin}${path}`, { ...init, headers, redirect: 'manual' })
    const response = await sendRequest(request, ipAddress)
    for (const text of response.headers.getSetCookie()) storeCookie(cookies, text)
    const location = response.headers.get('Location') ?? ''
    return { status: response.status, location, body: await response.text() }
  }

  const open = (path: string) =>
    send(path, { headers: { ...navigation, 'Sec-Fetch-Site': 'none' } })

  return {
    cookies,
    open,
    async submit(action, fields, on = action) {
      const page = await open(on)
      const hidden = hiddenFields(page.body)
      if (hidden.csrf_token === undefined) return page
      const body = new URLSearchParams({ ...hidden, ...fields }).toString()
      return send(action, { method: 'POST', headers: form, body })
    },
  }
}

function storeCookie(cookies: Map<string, string>, text: string): void {
  const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(text) ?? []
  if (/; Max-Age=0(;|$)/i.test(text)) cookies.delete(name)
  else cookies.set(name, value)
}

function hiddenFields(html: string): Record<string, string> {
  const fields: Record<string, string> = {}
  for (const [tag] of html.matchAll(/<input[^>]*type="hidden"[^>]*>/g)) {
    const [, name = ''] = /name="([^"]*)"/.exec(tag) ?? []
    const [, value = ''] = /value="([^"]*)"/.exec(tag) ?? []
    fields[name] ??= value.replaceAll('&amp;', '&')
  }
  return fields
}
