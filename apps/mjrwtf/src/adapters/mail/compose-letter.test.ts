import { describe, expect, it } from 'vitest'
import { sampleLetters } from '../../../test/support/sample-letters.ts'
import type { Letter } from '../../application/ports/send-mail.ts'
import { createLetterComposer } from './compose-letter.ts'

const baseUrl = 'https://links.example'
const compose = createLetterComposer(baseUrl)
const { token } = sampleLetters['reset-password']
const { at, from } = sampleLetters['new-device']
const verify = `/verify?token=${token}`
const notYou = ['/forgot', '/settings/security-log']

/** Where the letter of each kind leads besides the home page. */
const leads: Readonly<Record<Letter['kind'], readonly string[]>> = {
  'verify-address': [verify],
  'reset-password': [`/reset?token=${token}`],
  'confirm-new-address': [verify],
  'address-change-asked': [verify, '/forgot'],
  'address-changed': ['/settings/sessions', '/settings/security-log'],
  'password-changed': notYou,
  'password-reset': notYou,
  'new-device': ['/settings/sessions', '/forgot'],
  'suspicious-use': ['/settings/sessions', '/forgot'],
  'many-failed-sign-ins': notYou,
  'account-deleted': [],
}

function urlsIn(text: string): readonly string[] {
  return [...new Set(text.match(/[a-z]+:\/\/[^\s"<>]+/g) ?? [])].toSorted()
}

/** Words as they are read: blanks taken together, and no colons, for a table needs none. */
function plain(text: string): string {
  return text
    .replace(/:(?=\s|$)/g, ' ')
    .replace(/\s+/g, ' ')
    .trim()
}

function wordsOf(html: string): string {
  const body = html.replace(/<head>.*<\/head>/s, '').replace(/<[^>]+>/g, ' ')
  return plain(
    body
      .replace(/&#39;/g, "'")
      .replace(/&quot;/g, '"')
      .replace(/&amp;/g, '&'),
  )
}

describe.each(Object.values(sampleLetters))('the letter $kind', (letter) => {
  const composed = compose(letter)

  it('leads to the pages it should, on our origin and no other, in text and HTML (CS-FP-3)', () => {
    const expected = ['/', ...leads[letter.kind]].map((path) => baseUrl + path).toSorted()
    expect(urlsIn(composed.text)).toEqual(expected)
    expect(urlsIn(composed.html)).toEqual(expected)
    const targets = [...composed.html.matchAll(/(?:href|src|action|url)\s*[=(]\s*"?([^">)]*)/g)]
    expect([...new Set(targets.map(([, target]) => target))].toSorted()).toEqual(expected)
  })

  it('says in its subject what it is about and where, on one line and with no secret', () => {
    expect(composed.subject).toMatch(/^[A-Z][\p{L}\p{P} ]+ links\.example( |$)[a-z ]*$/u)
    expect(composed.subject.length).toBeLessThan(70)
    expect(composed.html).toContain(`<title>${composed.subject}</title>`)
  })

  it('says the same in HTML as in text', () => {
    const words = wordsOf(composed.html)
    const lines = composed.text.split('\n').filter((line) => line !== '' && line !== '--')
    expect(lines.length).toBeGreaterThan(5)
    const missing = lines.filter((line) => !words.includes(plain(line)))
    expect(missing).toEqual([])
  })

  it('names its time with the zone', () => {
    expect(composed.text).toContain('15 January 2030, 12:30 UTC')
  })

  it('asks for nothing but to be read: no image, script, form or style sheet', () => {
    expect(composed.html).not.toMatch(/<(img|script|form|input|link|iframe|object|base)\b/i)
    expect(composed.html).not.toMatch(/@import|url\(/i)
    expect(composed.html).toContain('prefers-color-scheme:dark')
  })
})

it('has no kind whose subject is another one’s', () => {
  const subjects = Object.values(sampleLetters).map((letter) => compose(letter).subject)
  expect(new Set(subjects).size).toBe(subjects.length)
})

it.each([
  'verify-address',
  'reset-password',
  'confirm-new-address',
  'address-change-asked',
] as const)('has the token of %s in its one link and nowhere else', (kind) => {
  const { text, html, subject } = compose(sampleLetters[kind])
  expect(text.split(token)).toHaveLength(2)
  // As the button, and twice as the address for who cannot press it.
  expect(html.split(token)).toHaveLength(4)
  expect(subject).not.toContain(token)
})

it('does not write a new address out, which is nobody’s business at the old one', () => {
  for (const kind of ['address-change-asked', 'address-changed'] as const) {
    const { text, html, subject } = compose(sampleLetters[kind])
    expect(text).toContain('New address: n…@people.test')
    expect(subject + text + html).not.toContain('new@people')
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
])('takes a device called %j for words', (device, inHtml, inText) => {
  const { html, text } = compose({
    kind: 'new-device',
    at,
    from: { ...from, device, place: device },
  })
  expect(html).toContain(inHtml)
  expect(html).not.toMatch(/<(script|img)|evil\.example/)
  expect(text).toContain(inText)
  expect(urlsIn(text).every((url) => url.startsWith(baseUrl))).toBe(true)
})

it('leaves out what is not known, and cuts what is endless', () => {
  const nowhere = { device: 'x'.repeat(5_000), ipAddress: null, place: null }
  const { text } = compose({ kind: 'new-device', at, from: nowhere })
  expect(text).toMatch(/^When: .*\nDevice: x{100}…\n\n/m)
  expect(text).not.toMatch(/Address:|Place:|null/)
})
