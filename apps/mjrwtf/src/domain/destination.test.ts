import { describe, expect, it } from 'vitest'
import { type DestinationRules, parseDestination, unsafeSchemes } from './destination.ts'

const own = ['https://mjr.example', 'https://s.example:8443']

const rules = { ownOrigins: own, maxLength: 2_048, schemes: [] }

function read(text: string, more: Partial<DestinationRules> = {}): string | null {
  const result = parseDestination(text, { ...rules, ...more })
  return result.status === 'ok' ? result.destination : null
}

describe('parseDestination accepts', () => {
  it.each([
    ['https://example.com', 'https://example.com/'],
    ['HTTP://Example.COM:80/A?b=c#d', 'http://example.com/A?b=c#d'],
    ['  https://example.com/a  ', 'https://example.com/a'],
    [
      'https://example.com/?next=https://user@mjr.example/',
      'https://example.com/?next=https://user@mjr.example/',
    ],
    ['https://bücher.example/ä', 'https://xn--bcher-kva.example/%C3%A4'],
    ['http://192.0.2.7:3000/', 'http://192.0.2.7:3000/'],
    ['http://[2001:db8::1]/', 'http://[2001:db8::1]/'],
    ['http://wiki/page', 'http://wiki/page'],
    ['https://mjr.example.evil.example/', 'https://mjr.example.evil.example/'],
    ['https://s.example:9000/', 'https://s.example:9000/'],
  ])('%s', (text, expected) => {
    expect(read(text)).toBe(expected)
  })
})

describe('parseDestination rejects', () => {
  it.each([
    ...['', '   ', '//example.com', '/path', '?q', '#f', 'https:', 'https://', 'http:///'],
    ...[
      'javascript:alert(1)',
      ' javascript:alert(1)',
      'JaVaScRiPt:alert(1)',
      'java\tscript:alert(1)',
    ],
    ...['data:text/html,<script>', 'vbscript:x', 'file:///etc/passwd', 'ftp://example.com/'],
    ...['blob:https://example.com/1', 'mailto:a@example.com', 'view-source:https://example.com'],
    ...['http:example.com', 'http:/example.com', 'http:///example.com', 'https:\\\\example.com'],
    ...['https://example.com\\@mjr.example', 'https://user@example.com', 'https://u:p@example.com'],
    ...['https://@example.com', 'https://example.com:p@mjr.example/', 'https://exa mple.com'],
    ...[
      'https://example.com/a b',
      'https://example.com/\u0000',
      'https://example.com/\r\nSet-Cookie:x',
    ],
    ...[
      'https://example.com/\u202egnp.exe',
      'https://exam\u200bple.com',
      'https://example.com:99999',
    ],
    ...[
      'https://999.1.1.1/',
      'https://[::1',
      'https://%00/',
      'https://mjr.example',
      'http://mjr.example/x',
    ],
    ...[
      'https://MJR.example./x',
      'https://mjr.example:443/x',
      'https://s.example:8443/',
      'http://s.example/',
    ],
  ])('%j', (text) => {
    expect(read(text)).toBeNull()
  })

  it.each([
    'http://localhost:8080/x',
    'http://127.0.0.1:8080/',
    'http://2130706433:8080/',
    'http://[::1]:8080/',
    'http://a.localhost:8080/x',
    'http://0.0.0.0:8080/x',
    'http://0:8080/x',
    'http://[::]:8080/x',
    'http://[::ffff:0.0.0.0]:8080/x',
  ])('%s if the app runs on loopback', (text) => {
    expect(read(text, { ownOrigins: ['http://localhost:8080'] })).toBeNull()
  })
})

it('accepts other services on the same machine in development', () => {
  expect(read('http://localhost:3000/', { ownOrigins: ['http://localhost:8080'] })).toBe(
    'http://localhost:3000/',
  )
})

it('counts the characters as typed, before encoding', () => {
  const base = 'https://example.com/'
  for (const character of ['a', 'ä', '菜', '𠮷']) {
    expect(read(base + character.repeat(2_048 - base.length))).not.toBeNull()
    expect(read(base + character.repeat(2_049 - base.length))).toBeNull()
  }
})

it.each([
  ['example.com', 'https://example.com/'],
  ['example.com/x?y#z', 'https://example.com/x?y#z'],
  ['www.example.com:8080/x', 'https://www.example.com:8080/x'],
  ['bücher.example/ä', 'https://xn--bcher-kva.example/%C3%A4'],
  ['192.0.2.7/x', 'https://192.0.2.7/x'],
])('completes %s to https', (text, expected) => {
  expect(read(text)).toBe(expected)
})

it.each([
  'localhost:3000',
  'wiki/page',
  '1.5',
  '1.5/x',
  'ann@users.test',
  'example.com:x',
  'mjr.example/x',
  'a.b:alert(1)',
])('does not complete %s to a destination', (text) => {
  expect(read(text)).toBeNull()
})

it.each([
  ['https://bücher.example/ä?q=ü#ñ', 'https://bücher.example/ä?q=ü#ñ'],
  [' bücher.example ', 'https://bücher.example'],
  ['https://example.com/%C3%A4', null],
  ['HTTPS://Example.COM', null],
])('returns what was typed for %j', (text, typedDestination) => {
  expect(parseDestination(text, rules)).toMatchObject({ status: 'ok', typedDestination })
})

it.each([
  'https://نامه\u200cای.example/کتاب\u200cها',
  'https://क्\u200dष.example/',
  'https://example.com/র\u200d্যাব',
  'https://example.com/👨\u200d👩\u200d👧',
  'https://example.com/❤️\u200d🔥',
])('accepts joiners that belong to the spelling of %s', (text) => {
  expect(read(text)).not.toBeNull()
})

it.each([
  'https://exa\u200dmple.com/',
  'https://example.com/a\u200cb',
  'https://example.com/a\u200d',
  'https://example.com/\u200cکتاب',
  'https://example.com/👨\u200d',
  'https://👨\u200d.example/',
])('rejects the joiners of %j, which are invisible', (text) => {
  expect(read(text)).toBeNull()
})

describe('schemes of the operator', () => {
  const schemes = ['mailto', 'tel', 'zoommtg']

  it.each([
    'mailto:ann@users.test?subject=x',
    'tel:+49301234',
    'zoommtg://zoom.us/join?x=1',
    'MAILTO:a@b.test',
  ])('accepts %s', (text) => {
    expect(read(text, { schemes })).toBe(new URL(text).href)
    expect(read(text)).toBeNull()
  })

  it.each([
    'mailto:',
    'tel:+49 30',
    'sms:+49',
    'mailto:a\\b',
    'tel:\u202e1',
    'javascript:alert(1)',
  ])('rejects %j', (text) => {
    expect(read(text, { schemes })).toBeNull()
  })

  it('never accepts one that runs scripts or reads files, even if it is listed', () => {
    for (const scheme of unsafeSchemes) {
      expect([scheme, read(`${scheme}:x`, { schemes: [scheme] })]).toEqual([scheme, null])
    }
  })

  it('names the accepted ones in the message', () => {
    expect(parseDestination('ftp://x.test', { ...rules, schemes })).toMatchObject({
      message: 'The URL must start with https://, http://, mailto:, tel: or zoommtg:.',
    })
    expect(parseDestination('ftp://x.test', rules)).toMatchObject({
      message: 'The URL must start with https:// or http://.',
    })
  })
})
