import { second } from '../domain/time.ts'
import { createCheck, type Finding } from './finding.ts'
import { type Answer, headerOf, headersOf } from './send.ts'

/** Half a year, the minimum of ASVS 5.0 V3.4.1 is one; less than this is a trial. */
const minHstsAge = 180 * 24 * 3600

export function checkHsts(page: Answer): Finding {
  const check = createCheck('hsts')
  if (page.url.protocol !== 'https:') return check.ok('Not checked over http')
  const value = headerOf(page, 'strict-transport-security')
  const age = Number(/max-age="?(\d+)/i.exec(value)?.[1] ?? 0)
  const advice =
    'Send Strict-Transport-Security: max-age=31536000, as pageHeaders of coatcheck/web-security does.'
  if (value === '') return check.failed('Strict-Transport-Security is missing', advice)
  if (age < minHstsAge)
    return check.warning(`Strict-Transport-Security is "${value}": less than 180 days`, advice)
  return check.ok(`Strict-Transport-Security: ${value}`)
}

const headersAdvice = 'Send pageHeaders of coatcheck/web-security with every page.'

export function checkFraming(page: Answer): Finding {
  const check = createCheck('framing')
  const ancestors = sourcesOf(page, 'frame-ancestors')
  // Browsers ignore X-Frame-Options beside frame-ancestors.
  const isForbidden =
    ancestors.length > 0
      ? ancestors.some((sources) => sources.every((source) => /^'(none|self)'$/i.test(source)))
      : /^(deny|sameorigin)$/i.test(headerOf(page, 'x-frame-options'))
  if (isForbidden) return check.ok('Other sites cannot frame the page')
  if (ancestors.some((sources) => !sources.some(isAnySite))) {
    const names = ancestors.flat().join(' ')
    return check.warning(`Some sites can frame the page: frame-ancestors ${names}`, headersAdvice)
  }
  return check.failed('Other sites can frame the page: clickjacking', headersAdvice)
}

export function checkContentPolicy(page: Answer): Finding {
  const check = createCheck('content-security-policy')
  const isRestricted = policiesOf(page).some((policy) => restrictsScripts(policy))
  if (isRestricted) return check.ok('The Content-Security-Policy restricts scripts')
  return check.warning('No Content-Security-Policy restricts scripts', headersAdvice)
}

export function checkSniffing(page: Answer): Finding {
  const check = createCheck('nosniff')
  const isSet = /^nosniff\b/i.test(headerOf(page, 'x-content-type-options'))
  if (isSet) return check.ok('X-Content-Type-Options: nosniff')
  return check.warning('X-Content-Type-Options: nosniff is missing', headersAdvice)
}

/** The sources of each directive, by its name in lower case. */
type Policy = ReadonlyMap<string, readonly string[]>

/** Every policy of a page; browsers enforce all of them. */
function policiesOf(page: Answer): readonly Policy[] {
  const texts = headersOf(page, 'content-security-policy').flatMap((value) => value.split(','))
  return texts.map((text) => {
    const policy = new Map<string, readonly string[]>()
    for (const directive of text.split(';')) {
      const [name = '', ...sources] = directive.trim().split(/\s+/)
      // Of two directives with one name the first counts.
      if (!policy.has(name.toLowerCase())) policy.set(name.toLowerCase(), sources)
    }
    return policy
  })
}

/** The sources of a directive in each policy that contains it. */
function sourcesOf(page: Answer, directive: string): readonly (readonly string[])[] {
  return policiesOf(page).flatMap((policy) => {
    const sources = policy.get(directive)
    return sources === undefined ? [] : [sources]
  })
}

/** Whether a source is every site, or every one with a scheme. */
function isAnySite(source: string): boolean {
  return /^(\*|[a-z][a-z\d+.-]*:(\/\/\*)?)$/i.test(source)
}

/** Whether a policy keeps scripts from running that an attacker puts into a page. */
function restrictsScripts(policy: Policy): boolean {
  const sources = policy.get('script-src') ?? policy.get('default-src')
  if (sources === undefined) return false
  const has = (pattern: RegExp) => sources.some((source) => pattern.test(source))
  const allowsInline = has(/^'unsafe-inline'$/i) && !has(/^'(nonce|sha\d+)-/i)
  const allowsAnySite = sources.some(isAnySite) && !has(/^'strict-dynamic'$/i)
  return !allowsInline && !allowsAnySite
}

export function checkReferrerPolicy(page: Answer): Finding {
  const check = createCheck('referrer-policy')
  const value = headersOf(page, 'referrer-policy').join(', ')
  // The last policy that the browser knows applies.
  const policy = value.split(',').at(-1)?.trim() ?? ''
  if (policy === 'no-referrer') {
    return check.warning(
      'Referrer-Policy is no-referrer: forms of this site are sent with "Origin: null"',
      'Send strict-origin-when-cross-origin or same-origin. A proxy may have added the header; browsers without Fetch Metadata get 403.',
    )
  }
  if (policy === 'unsafe-url') {
    return check.warning(
      'Referrer-Policy is unsafe-url: other sites receive complete URLs',
      'Send strict-origin-when-cross-origin.',
    )
  }
  return check.ok(
    policy === ''
      ? 'Referrer-Policy is absent: browsers use strict-origin-when-cross-origin'
      : `Referrer-Policy: ${policy}`,
  )
}

export function checkCaching(page: Answer): Finding {
  const check = createCheck('caching')
  const value = headersOf(page, 'cache-control').join(', ')
  const advice =
    'Send Cache-Control: no-store with every page that has a form or depends on a session, and let no proxy replace it.'
  if (/no-store/i.test(value)) return check.ok('The page is not stored by caches')
  const observed = value === '' ? 'Cache-Control is missing' : `Cache-Control is "${value}"`
  const isShared = value === '' || /public|s-maxage/i.test(value)
  if (isShared && headersOf(page, 'set-cookie').length > 0) {
    return check.failed(
      `${observed} on a page that sets a cookie: a cache may send it to others`,
      advice,
    )
  }
  return check.warning(`${observed} on the sign-in page`, advice)
}

/** Headers of which browsers use one value, or combine several in an unintended way. */
const singleHeaders = [
  'cache-control',
  'content-security-policy',
  'content-type',
  'date',
  'location',
  'referrer-policy',
  'strict-transport-security',
  'x-content-type-options',
  'x-frame-options',
]

export function checkDuplicates(page: Answer): Finding {
  const check = createCheck('duplicate-headers')
  const repeated = singleHeaders.filter((name) => headersOf(page, name).length > 1)
  if (repeated.length === 0) return check.ok('No header is sent twice')
  return check.warning(
    `Sent more than once: ${repeated.join(', ')}`,
    'The application and the proxy both set it: remove it from the proxy.',
  )
}

/** Beyond the resolution of the header, one second, and the duration of the request. */
const maxSkew = 2 * second

export function checkClock(page: Answer): Finding {
  const check = createCheck('clock')
  const advice =
    'Synchronize the clock of the server with NTP: sessions would expire too early or too late.'
  const date = Date.parse(headerOf(page, 'date'))
  if (Number.isNaN(date))
    return check.warning('The header Date is missing', 'Let the server or the proxy send it.')
  const earliest = page.sentAt - second
  const skew = date < earliest ? date - earliest : Math.max(0, date - page.receivedAt)
  if (Math.abs(skew) <= maxSkew)
    return check.ok('The clock of the server agrees with that of this machine')
  const direction = skew > 0 ? 'ahead of' : 'behind'
  return check.warning(
    `The clock of the server is ${Math.round(Math.abs(skew) / second)} s ${direction} that of this machine`,
    advice,
  )
}
