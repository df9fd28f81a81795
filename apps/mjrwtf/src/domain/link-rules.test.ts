import { describe, expect, it } from 'vitest'
import { forwardQuery } from './forwarded-query.ts'
import {
  linkPhase,
  parseClickLimit,
  parseEnd,
  parseLinkPassword,
  parseStart,
} from './link-options.ts'
import { parseNote, parseTitle } from './link-texts.ts'
import { parseTags } from './tag.ts'

describe('forwardQuery', () => {
  it.each([
    ['https://a.test/', '?x=1', 'https://a.test/?x=1'],
    ['https://a.test/p', '', 'https://a.test/p'],
    ['https://a.test/p', '?', 'https://a.test/p'],
    ['https://a.test/?a=1&b=2', '?c=3', 'https://a.test/?a=1&b=2&c=3'],
    ['https://a.test/?a=1&b=2&a=3', '?a=9&a=8', 'https://a.test/?b=2&a=9&a=8'],
    ['https://a.test/#top', '?x=1', 'https://a.test/?x=1#top'],
    ['https://a.test/#/route?y=2', '?x=1', 'https://a.test/?x=1#/route?y=2'],
    ['https://a.test/?sig=a%2Bb+c&&z', '?x=%20', 'https://a.test/?sig=a%2Bb+c&z&x=%20'],
    ['https://a.test/?utm%5Fsource=old', '?utm_source=new', 'https://a.test/?utm_source=new'],
    ['https://a.test/?next=/b?c=d', '?x=1', 'https://a.test/?next=/b?c=d&x=1'],
    ['mailto:a@b.test', '?subject=x', 'mailto:a@b.test'],
  ])('%s with %s is %s', (destination, search, expected) => {
    expect(forwardQuery(destination, search)).toBe(expected)
  })
})

describe('the start and the end of a link', () => {
  const now = Date.UTC(2026, 0, 1)
  const passed = Date.UTC(2025, 5, 1, 12, 30, 45, 678)

  it('reject an end that is not in the future, unless it is the current one', () => {
    const rules = { now, current: passed }
    expect(parseEnd('2026-01-01T00:00:00Z', rules)).toMatchObject({ status: 'invalid' })
    expect(parseEnd('2025-06-01T12:30', rules)).toEqual({ status: 'ok', value: passed })
    expect(parseEnd('2025-06-01T12:31', rules)).toMatchObject({ status: 'invalid' })
    expect(parseEnd('2026-01-01T00:00:00.001Z', rules)).toEqual({ status: 'ok', value: now + 1 })
    expect(parseEnd(' ', rules)).toEqual({ status: 'ok', value: null })
  })

  it('reject what is no instant', () => {
    for (const text of ['tomorrow', '2026-02-30T00:00Z', '10000-01-01T00:00Z', '9999-12-31T23:59Z'])
      expect([text, parseStart(text, null).status]).toEqual([text, 'invalid'])
  })

  it('decide the phase, the end before the start and before the click limit', () => {
    const link = { startsAt: now, expiresAt: now + 10, clickLimit: 2, admittedClicks: 1 }
    const phases = [now - 1, now, now + 9, now + 10].map((instant) => linkPhase(link, instant))
    expect(phases).toEqual(['scheduled', 'active', 'active', 'ended'])
    expect(linkPhase({ ...link, admittedClicks: 2 }, now)).toBe('ended')
    expect(linkPhase({ ...link, admittedClicks: 3 }, now - 1)).toBe('ended')
    expect(linkPhase({ ...link, startsAt: now + 20 }, now + 15)).toBe('ended')
  })
})

it.each([0, -1, 1.5, '1e3', '0x10', 1_000_000_001, 'many', '٣'])(
  'parseClickLimit: rejects %j',
  (input) => {
    expect(parseClickLimit(input).status).toBe('invalid')
  },
)

it.each([
  [1, 1],
  [' 1000 ', 1_000],
  ['', null],
  [null, null],
])('parseClickLimit: reads %j', (input, value) => {
  expect(parseClickLimit(input)).toEqual({ status: 'ok', value })
})

it('parseLinkPassword: keeps spaces, normalizes, and limits the length in code points', () => {
  expect(parseLinkPassword(' a b ')).toEqual({ status: 'ok', value: ' a b ' })
  expect(parseLinkPassword('e\u0301tude')).toEqual({ status: 'ok', value: '\u00e9tude' })
  expect(parseLinkPassword('')).toEqual({ status: 'ok', value: null })
  expect(parseLinkPassword('😀'.repeat(128)).status).toBe('ok')
  for (const text of ['abc', '😀'.repeat(129), 'ab\u0000cd', 'abc\ud800'])
    expect([text, parseLinkPassword(text).status]).toEqual([text, 'invalid'])
})

describe('titles, notes and tags', () => {
  it('accept any script, joiners and emoji, and are trimmed', () => {
    for (const text of ['منو رستوران', 'می\u200cخواهم', '👩‍💻 team', '\u200fשלום!', 'क्\u200dष'])
      expect(parseTitle(` ${text} `)).toEqual({ status: 'ok', value: text.normalize('NFC') })
    expect(parseNote('one\r\ntwo\tthree')).toEqual({ status: 'ok', value: 'one\ntwo\tthree' })
  })

  it.each(['a\u202eb', 'a\u2067b', 'a\u0000b', 'a\nb', 'a\ud800'])(
    'reject %j in a title and in a tag',
    (text) => {
      expect(parseTitle(text).status).toBe('invalid')
      expect(parseTags([text]).status).toBe('invalid')
    },
  )

  it('are never truncated', () => {
    expect(parseTitle('x'.repeat(201)).status).toBe('invalid')
    expect(parseNote('x'.repeat(5_001)).status).toBe('invalid')
    expect(parseTags(['x'.repeat(10_240)]).status).toBe('invalid')
    expect(parseTags(Array.from({ length: 21 }, (_, index) => `tag ${index}`)).status).toBe(
      'invalid',
    )
    expect(parseTags(['a,b']).status).toBe('invalid')
  })

  it('keep the first of two tags that differ by case only', () => {
    expect(parseTags(['Press', '', 'press', ' Menu '])).toEqual({
      status: 'ok',
      value: ['Press', 'Menu'],
    })
  })
})
