import { createCheck, type Finding } from './finding.ts'
import { type Answer, redirectTarget, type Send } from './send.ts'

/** Reserved names and addresses (RFC 2606, RFC 5737), which occur in no real response. */
const foreignHost = 'coatcheck-doctor.invalid'
const foreignAddress = '203.0.113.195'

/** Whether the foreign host is anywhere in a response. */
function reflects(answer: Answer, text: string): boolean {
  const { headers, body } = answer
  return body.includes(text) || headers.some(([, value]) => value.includes(text))
}

const proxyAdvice =
  'Let the proxy overwrite X-Forwarded-For, -Proto, -Host and Forwarded of clients, and list only its own addresses in trustedProxies.'

/** Whether headers that only proxies should set have an effect if a client sends them. */
export async function checkProxyTrust(send: Send, page: URL): Promise<Finding> {
  const check = createCheck('proxy-trust')
  const forgeries: readonly Readonly<Record<string, string>>[] = [
    { 'X-Forwarded-Proto': 'http' },
    { 'X-Forwarded-Host': foreignHost },
    { 'X-Forwarded-For': foreignAddress },
    { Forwarded: `for=${foreignAddress};host=${foreignHost};proto=http` },
  ]
  for (const headers of forgeries) {
    const answer = await send({ url: page, headers })
    const [name] = Object.keys(headers)
    if (reflects(answer, foreignHost) || reflects(answer, foreignAddress)) {
      return check.failed(`The response contains what the client sent in ${name}`, proxyAdvice)
    }
    const target = redirectTarget(answer)
    if (page.protocol === 'https:' && target?.href === page.href) {
      return check.failed(
        `${name} of a client makes the server believe that it uses http`,
        proxyAdvice,
      )
    }
  }
  return check.ok('X-Forwarded-For, -Proto, -Host and Forwarded of clients have no visible effect')
}

/** Whether a foreign name in Host gets into a response, as into links of emails or a cache. */
export async function checkHost(send: Send, page: URL): Promise<Finding> {
  const check = createCheck('host')
  const forged = { url: page, headers: { Host: foreignHost } }
  const answer = await send(forged).catch(() => null)
  if (answer === null) return check.ok('A request with a foreign Host header gets no response')
  if (reflects(answer, foreignHost)) {
    return check.failed(
      'The response contains the name that the client sent in Host',
      'Build URLs from baseUrl, and let the proxy accept only the names of the site.',
    )
  }
  return check.ok(`A foreign Host header is not reflected (${answer.status})`)
}

/**
 * Whether a form of another site is refused. It is empty and sent without a cookie, so that it changes
 * nothing even on a server without protection.
 */
export async function checkCsrf(send: Send, page: URL): Promise<Finding> {
  const check = createCheck('csrf')
  const statuses: number[] = []
  const forgeries = [
    [`https://${foreignHost}`, 'cross-site'],
    ['null', 'cross-site'],
    // A sibling host, for whose forms browsers send SameSite cookies.
    [`https://coatcheck-doctor.${page.hostname}`, 'same-site'],
  ] as const
  for (const [origin, site] of forgeries) {
    const headers = {
      Origin: origin,
      'Sec-Fetch-Site': site,
      'Content-Type': 'application/x-www-form-urlencoded',
      'Content-Length': '0',
    }
    const { status } = await send({ url: page, method: 'POST', headers })
    if (status < 400) {
      return check.failed(
        `POST ${page.pathname} with the Origin "${origin}" gets ${status}`,
        'Run csrfGuard before every route that changes something.',
      )
    }
    statuses.push(status)
  }
  if (statuses.every((status) => status === 403)) return check.ok('A form of another site gets 403')
  return check.warning(
    `A form of another site gets ${statuses.join(', ')} at ${page.pathname}, not 403`,
    'Pass the path of a page with a form: --sign-in-path /path. If it has one, run csrfGuard before the route.',
  )
}
