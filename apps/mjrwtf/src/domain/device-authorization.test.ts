import { expect, it } from 'vitest'
import { createUserCode, formatUserCode, parseUserCode } from './device-authorization.ts'

it('creates user codes of eight consonants, each of them from one random number', () => {
  const maxima: number[] = []
  const code = createUserCode((max) => maxima.push(max) - 1)
  expect(code).toBe('BCDFGHJK')
  expect(maxima).toEqual(Array.from({ length: 8 }, () => 20))
  expect(createUserCode((max) => max - 1)).toBe('ZZZZZZZZ')
})

it('reads its own user codes as they are shown and as users type them', () => {
  for (const text of [
    ...['WDJBMJHT', 'WDJB-MJHT', 'wdjb-mjht', 'wdjb mjht', ' WDJB–MJHT ', 'W D J B M J H T'],
    ...['WDJB.MJHT', 'ＷＤＪＢ－ＭＪＨＴ', 'wdjb\u00a0mjht', 'WDJB_MJHT'],
  ]) {
    expect([text, parseUserCode(text)]).toEqual([text, 'WDJBMJHT'])
  }
  expect(formatUserCode('WDJBMJHT')).toBe('WDJB-MJHT')
})

it('rejects text that is no user code', () => {
  for (const text of [
    ...['', 'WDJBMJH', 'WDJBMJHTT', 'WDJBMJHA', 'WDJBMJH1', 'WDJBMJHY', "WDJB'MJHT"],
    ...['__proto__', 'W'.repeat(100_000), ` ${' '.repeat(40)}WDJBMJHT`],
  ]) {
    expect(parseUserCode(text)).toBeNull()
  }
})
