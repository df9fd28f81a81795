import { createCheck, type Finding } from './finding.ts'
import { type Answer, headersOf } from './send.ts'

/** Every cookie that the sign-in page sets. */
export function checkCookies(page: Answer): readonly Finding[] {
  const cookies = headersOf(page, 'set-cookie')
  if (cookies.length > 0) return cookies.map((cookie) => checkCookie(cookie, page.url))
  return [
    createCheck('cookies').warning(
      `${page.url.href} sets no cookie`,
      'Pass the path of a page with a form: --sign-in-path /path.',
    ),
  ]
}

function checkCookie(cookie: string, url: URL): Finding {
  const [pair = '', ...attributes] = cookie.split(';').map((part) => part.trim())
  const name = pair.split('=', 1)[0] ?? ''
  const check = createCheck('cookies')
  const found = new Map(
    attributes.map((each) => {
      const [key = '', value = ''] = each.split('=', 2)
      return [key.toLowerCase(), value] as const
    }),
  )
  const isHttps = url.protocol === 'https:'
  const faults = [
    isHttps && !found.has('secure') && 'is not Secure: it is sent over http too',
    !found.has('httponly') && 'is not HttpOnly: scripts can read it',
    !found.has('samesite') && 'has no SameSite: browsers differ in what they assume',
    /^none$/i.test(found.get('samesite') ?? '') && 'is SameSite=None: other sites can send it',
    found.has('domain') && `has Domain=${found.get('domain')}: every sibling host receives it`,
    found.get('path') !== '/' && 'has another Path than /',
    isHttps && !name.startsWith('__Host-') && 'has no prefix __Host-: sibling hosts can set it',
  ].filter((fault) => typeof fault === 'string')
  if (faults.length === 0) return check.ok(`${name} is protected`)
  return check.failed(
    `${name} ${faults.join('; ')}`,
    'Coatcheck sets __Host-, Secure, HttpOnly and SameSite=Lax if baseUrl is https. A proxy must not change Set-Cookie.',
  )
}
