import { describe, expect, it } from 'vitest'
import {
  sampleEmails,
  sampleFactorChanges,
  sampleOperatorActions,
} from '../../../test/support/sample-emails.ts'
import type { Email } from '../../application/ports/email.ts'
import { createEmailComposer } from './compose-email.ts'

const baseUrl = 'https://links.example'
const compose = createEmailComposer({ baseUrl })
const { token } = sampleEmails['reset-password']
const { at, from } = sampleEmails['new-device']
const verify = `/verify?token=${token}`
const ifNotYouLinks = ['/forgot', '/settings/security-log']

/** The links of each kind of email besides the home page. */
const expectedLinks: Readonly<Record<Email['kind'], readonly string[]>> = {
  'verify-email': [verify],
  invitation: [`/signup?invite=${token}`],
  'reset-password': [`/reset?token=${token}`],
  'confirm-new-email': [verify],
  'email-change-requested': [verify, '/forgot'],
  'email-changed': ['/settings/sessions', '/settings/security-log'],
  'password-changed': ifNotYouLinks,
  'password-set': ifNotYouLinks,
  'password-reset': ifNotYouLinks,
  'new-device': ['/settings/sessions', '/forgot'],
  'suspicious-use': ['/settings/sessions', '/forgot'],
  'many-failed-sign-ins': ifNotYouLinks,
  'many-failed-second-factors': ifNotYouLinks,
  'factor-changed': ['/forgot', '/settings/security'],
  'identity-changed': ['/forgot', '/settings/connected-accounts'],
  'factor-removal-requested': [verify, '/forgot'],
  'factor-removal-reminder': [verify, '/forgot'],
  'factor-removal-canceled': ['/settings/security'],
  'app-connected': ['/settings/connected-apps', '/forgot'],
  'token-created': ['/forgot', '/settings/tokens'],
  'tokens-expiring': ['/settings/tokens'],
  'operator-action': [],
  'account-deleted': [],
}

function urlsIn(text: string): readonly string[] {
  return [...new Set(text.match(/[a-z]+:\/\/[^\s"<>]+/g) ?? [])].toSorted()
}

/** Collapses spaces and removes colons, which tables do not have. */
function collapseSpaces(text: string): string {
  return text
    .replace(/:(?=\s|$)/g, ' ')
    .replace(/\s+/g, ' ')
    .trim()
}

function visibleTextOf(html: string): string {
  const body = html.replace(/<head>.*<\/head>/s, '').replace(/<[^>]+>/g, ' ')
  return collapseSpaces(
    body
      .replace(/&#39;/g, "'")
      .replace(/&quot;/g, '"')
      .replace(/&amp;/g, '&'),
  )
}

const all = [...Object.values(sampleEmails), ...sampleFactorChanges, ...sampleOperatorActions]

describe.each(all)('the $kind email $change', (email) => {
  const composed = compose(email)

  it('links only to the expected pages of the own origin, in text and HTML (CS-FP-3)', () => {
    const expected = ['/', ...expectedLinks[email.kind]].map((path) => baseUrl + path).toSorted()
    expect(urlsIn(composed.text)).toEqual(expected)
    expect(urlsIn(composed.html)).toEqual(expected)
    const targets = [...composed.html.matchAll(/(?:href|src|action|url)\s*[=(]\s*"?([^">)]*)/g)]
    expect([...new Set(targets.map(([, target]) => target))].toSorted()).toEqual(expected)
  })

  it('names its topic and the site in a one-line subject without secrets', () => {
    expect(composed.subject).toMatch(/^[A-Z][\p{L}\p{P} ]+ links\.example( |$)[a-z ]*$/u)
    expect(composed.subject.length).toBeLessThan(70)
    expect(composed.html).toContain(`<title>${composed.subject}</title>`)
  })

  it('has the same content in HTML and in text', () => {
    const visibleText = visibleTextOf(composed.html)
    const lines = composed.text.split('\n').filter((line) => line !== '' && line !== '--')
    expect(lines.length).toBeGreaterThan(5)
    const missing = lines.filter((line) => !visibleText.includes(collapseSpaces(line)))
    expect(missing).toEqual([])
  })

  it('states its time with the zone', () => {
    expect(composed.text).toContain('January 15, 2030, 12:30 UTC')
  })

  it('contains no image, script, form or style sheet', () => {
    expect(composed.html).not.toMatch(/<(img|script|form|input|link|iframe|object|base)\b/i)
    expect(composed.html).not.toMatch(/@import|url\(/i)
    expect(composed.html).toContain('prefers-color-scheme:dark')
  })
})

it('has a distinct subject for each kind', () => {
  const subjects = all.map((email) => compose(email).subject)
  expect(new Set(subjects).size).toBe(subjects.length)
})

it.each(['verify-email', 'reset-password', 'confirm-new-email', 'email-change-requested'] as const)(
  'contains the token of %s only in its link',
  (kind) => {
    const { text, html, subject } = compose(sampleEmails[kind])
    expect(text.split(token)).toHaveLength(2)
    // In the button, and twice in the link below it.
    expect(html.split(token)).toHaveLength(4)
    expect(subject).not.toContain(token)
  },
)

it('masks the new email address in emails to the old one', () => {
  for (const kind of ['email-change-requested', 'email-changed'] as const) {
    const { text, html, subject } = compose(sampleEmails[kind])
    expect(text).toContain('New email: n…@users.test')
    expect(subject + text + html).not.toContain('new@users')
  }
})

it.each([
  [
    '<script>alert(1)</script>',
    '&lt;script&gt;alert(1)&lt;/script&gt;',
    '<script>alert(1)</script>',
  ],
  ['"><img src=x onerror=alert(1)>', '&quot;&gt;&lt;img src=x', '"><img src=x onerror=alert(1)>'],
  [
    'Sign in at https://evil.example/now',
    'at https evil . example/now',
    'at https evil . example/now',
  ],
  ['www.evil.example', 'www . evil . example', 'www . evil . example'],
  ['two\r\nlines\u2028three\u0000', 'two lines three', 'Device: two lines three\n'],
  ['\u202egpj.exe', 'gpj . exe', 'Device: gpj . exe\n'],
])('escapes and defuses the device name %j', (device, inHtml, inText) => {
  const { html, text } = compose({
    kind: 'new-device',
    at,
    from: { ...from, device, location: device },
  })
  expect(html).toContain(inHtml)
  expect(html).not.toMatch(/<(script|img)|evil\.example/)
  expect(text).toContain(inText)
  expect(urlsIn(text).every((url) => url.startsWith(baseUrl))).toBe(true)
})

it('names the factor that changed and its client, and defuses the name', () => {
  const email = { ...sampleEmails['factor-changed'], name: 'https://evil.example' }
  const { text, html, subject } = compose(email)
  expect(subject).toBe('A passkey was added to your links.example account')
  expect(text).toContain('Passkey: https evil . example\nWhen: January 15, 2030')
  expect(text).toContain('Device: Firefox on Linux')
  expect(text).toContain('choose a new password now')
  expect(subject + text + html).not.toContain('evil.example')
})

it('names the app that was connected and its access, and defuses the name', () => {
  const { text, html, subject } = compose({
    ...sampleEmails['app-connected'],
    name: 'www.evil.example',
  })
  expect(text).toContain('App: www . evil . example\nAccess: See your links. Create, edit')
  expect(subject + text + html).not.toContain('evil.example')
})

it.each([
  [4, '4 recovery codes are left.', false],
  [3, '3 recovery codes are left. Create new ones', true],
  [1, '1 recovery code is left. Create new ones', true],
  [0, 'No recovery codes are left. Create new ones', true],
])('reports the recovery codes that are left, and urges to create more: %i', (...expected) => {
  const [unusedCodes, left, hasLink] = expected
  const change = 'recovery-code-used'
  const { text } = compose({ ...sampleEmails['factor-changed'], change, unusedCodes })
  expect(text.replaceAll('\n', ' ')).toContain(left)
  expect(text.includes(`${baseUrl}/settings/recovery-codes`)).toBe(hasLink)
})

it('omits unknown details and truncates long ones', () => {
  const unknownClient = { device: 'x'.repeat(5_000), ipAddress: null, location: null }
  const { text } = compose({ kind: 'new-device', at, from: unknownClient })
  expect(text).toMatch(/^When: .*\nDevice: x{100}…\n\n/m)
  expect(text).not.toMatch(/IP address:|Location:|null/)
})

describe('times in emails', () => {
  const email = sampleEmails['new-device']

  it('are in the zone of the recipient, with its name', () => {
    const instant = { ...email, at: Date.UTC(2030, 0, 15, 20, 30) }
    expect(compose(instant, 'Asia/Kolkata').text).toContain('January 16, 2030, 02:00 GMT+5:30')
    expect(compose(instant, 'Europe/Berlin').text).toContain('January 15, 2030, 21:30 CET')
    expect(compose(instant).text).toContain('January 15, 2030, 20:30 UTC')
  })

  it('are in the zone of the site for recipients without one', () => {
    const composeInLima = createEmailComposer({ baseUrl, defaultTimeZone: 'America/Lima' })
    const instant = { ...email, at: Date.UTC(2030, 0, 15, 20, 30) }
    expect(composeInLima(instant, null).text).toContain('January 15, 2030, 15:30 GMT-5')
  })
})
