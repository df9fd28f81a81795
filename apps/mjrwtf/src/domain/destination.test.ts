import { describe, expect, it } from 'vitest'
import { parseDestination } from './destination.ts'

const own = ['https://mjr.example', 'https://s.example:8443']

function read(text: string, ownOrigins: readonly string[] = own): string | null {
  const result = parseDestination(text, ownOrigins)
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
    ...[
      '',
      '   ',
      'example.com',
      '//example.com',
      '/path',
      '?q',
      '#f',
      'https:',
      'https://',
      'http:///',
    ],
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
    expect(read(text, ['http://localhost:8080'])).toBeNull()
  })
})

it('accepts other services on the same machine in development', () => {
  expect(read('http://localhost:3000/', ['http://localhost:8080'])).toBe('http://localhost:3000/')
})

it('limits the length before and after normalization', () => {
  const base = 'https://example.com/'
  expect(read(base + 'a'.repeat(2_048 - base.length))).not.toBeNull()
  expect(read(base + 'a'.repeat(2_049 - base.length))).toBeNull()
  expect(read(base + 'ä'.repeat(1_000))).toBeNull()
})
