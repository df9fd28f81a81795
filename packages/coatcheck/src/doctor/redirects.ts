import { createCheck, type Finding } from './finding.ts'
import { type Answer, redirectTarget, type Send } from './send.ts'

/** The answers of a chain of redirects; the last one is none, or leads to a URL that was requested before. */
export interface Followed {
  readonly answers: readonly Answer[]
  readonly isLoop: boolean
  /** The URL of another host to which the last one redirects. It is not requested. */
  readonly foreignTarget: URL | null
}

const maxRedirects = 10

export async function follow(send: Send, url: URL): Promise<Followed> {
  const answers: Answer[] = []
  const requested = new Set<string>()
  for (let next: URL | null = url; next !== null && answers.length <= maxRedirects; ) {
    if (requested.has(next.href)) return { answers, isLoop: true, foreignTarget: null }
    if (next.hostname !== url.hostname) return { answers, isLoop: false, foreignTarget: next }
    requested.add(next.href)
    const answer: Answer = await send({ url: next })
    answers.push(answer)
    next = redirectTarget(answer)
  }
  return { answers, isLoop: answers.length > maxRedirects, foreignTarget: null }
}

const loopAdvice =
  'Add the IP address of the proxy that terminates TLS to trustedProxies, and let the proxy send X-Forwarded-Proto. The application reports redirect-loop-prevented with the address.'

/** Whether a page can be loaded without a redirect that never ends. */
export function checkReachable({ answers, isLoop, foreignTarget }: Followed): Finding {
  const check = createCheck('reachable')
  const [first] = answers
  const last = answers.at(-1)
  if (first === undefined || last === undefined) return check.failed('No response', '')
  if (isLoop) return check.failed(`${first.url.href} redirects without end`, loopAdvice)
  if (foreignTarget !== null) {
    const advice =
      'Check that URL instead, or pass the path of a page of this host: --sign-in-path /path.'
    return check.failed(`${last.url.href} redirects to another host: ${foreignTarget.href}`, advice)
  }
  const observed = `${last.url.href} responds ${last.status}`
  if (last.status < 400) return check.ok(observed)
  if (last.status < 500) {
    const advice =
      'The checks are about this response. Pass the path of a public page with a form: --sign-in-path /path.'
    return check.warning(observed, advice)
  }
  return check.failed(
    observed,
    'Read the log of the application: events with the type store-failed or redirect-loop-prevented say what to do.',
  )
}

/** Whether plain http leads to https, and to the same host. */
export async function checkHttpRedirect(
  send: Send,
  page: URL,
  httpUrl: URL | null,
): Promise<Finding> {
  const check = createCheck('https')
  if (page.protocol !== 'https:') {
    return check.warning(
      'The URL is http: this is the development profile',
      'Check the https URL of the deployment.',
    )
  }
  if (httpUrl === null) {
    return check.ok('Not checked: the URL names a port. Pass the http URL with --http-url')
  }
  const first = await send({ url: httpUrl }).catch(() => null)
  if (first === null) return check.ok(`${httpUrl.href} is not served`)
  const target = redirectTarget(first)
  if (target === null) {
    const advice = 'Redirect http to https: requireHttps of coatcheck/web-security, or the proxy.'
    return check.failed(`${httpUrl.href} responds ${first.status} over http`, advice)
  }
  if (target.hostname !== page.hostname) {
    const advice = `Redirect to ${page.origin}, whatever the header Host says.`
    return check.failed(`${httpUrl.href} redirects to another host, ${target.host}`, advice)
  }
  const { answers, isLoop } = await follow(send, httpUrl)
  if (isLoop) return check.failed(`${httpUrl.href} redirects without end`, loopAdvice)
  if (answers.at(-1)?.url.protocol === 'https:') {
    return check.ok(`${httpUrl.href} redirects to ${target.href}`)
  }
  return check.failed(`${httpUrl.href} redirects, but not to https`, `Redirect to ${page.origin}.`)
}
