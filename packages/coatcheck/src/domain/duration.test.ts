import { describe, expect, it } from 'vitest'
import { type Duration, formatDuration, requireDuration } from './duration.ts'
import { day, hour, minute, second } from './time.ts'

const limits = [0, day] as const

describe('requireDuration', () => {
  it.each<[Duration, number]>([
    [1_500, 1_500],
    ['500ms', 500],
    ['30s', 30 * second],
    ['1.5h', 90 * minute],
    ['15m', 15 * minute],
    ['12h', 12 * hour],
    ['1d', day],
    ['0s', 0],
  ])('returns %s in milliseconds', (duration, milliseconds) => {
    expect(requireDuration('window', duration, limits)).toBe(milliseconds)
  })

  it.each<unknown>([
    ...['30', '30 s', 's', '-1s', '1e3s', '0x1s', '1h30m', '1H', '30min', '.5s', '1.0001s', ''],
    ...[-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53, null, {}, ['1s'], true],
    ...['2d', 2 * day],
  ])('rejects %j with the name and what is accepted', (value) => {
    expect(() => requireDuration('window', value as Duration, limits)).toThrow(
      /^window must be a duration from 0ms to 1d, in milliseconds or as text such as '30m', not /,
    )
  })
})

describe('formatDuration', () => {
  it.each([
    [0, '0ms'],
    [1_500, '1500ms'],
    [90 * second, '90s'],
    [90 * minute, '90m'],
    [36 * hour, '36h'],
    [400 * day, '400d'],
  ])('formats %d ms as %s', (duration, text) => {
    expect(formatDuration(duration)).toBe(text)
  })
})
