import { describe, expect, it } from 'vitest'
import { day, hour, minute } from './time.ts'
import { resolveTimeouts, type TimeoutOptions, timeoutPresets } from './timeouts.ts'

describe('resolveTimeouts', () => {
  it('defaults to 24 h and 30 min, remembered to 30 and 14 days', () => {
    expect(resolveTimeouts({})).toEqual({
      absolute: 24 * hour,
      idle: 30 * minute,
      remembered: { absolute: 30 * day, idle: 14 * day },
    })
  })

  it.each(Object.keys(timeoutPresets))('returns the values of the preset %s', (name) => {
    const preset = name as keyof typeof timeoutPresets
    expect(resolveTimeouts({ preset })).toEqual(timeoutPresets[preset])
  })

  it.each<[string, TimeoutOptions]>([
    ['absolute', { preset: 'aal3', absolute: 13 * hour }],
    ['idle', { preset: 'aal3', idle: 16 * minute }],
    ['absolute', { preset: 'aal2', absolute: 25 * hour }],
    ['idle', { preset: 'aal2', idle: 61 * minute }],
    ['absolute', { preset: 'admin', absolute: 5 * hour }],
    ['rememberedAbsolute', { preset: 'aal1', rememberedAbsolute: 31 * day }],
    ['rememberedAbsolute', { preset: 'strict', rememberedAbsolute: day }],
    ['absolute', { absolute: 401 * day }],
  ])('rejects %s above the maximum of its preset: %o', (option, options) => {
    expect(() => resolveTimeouts(options)).toThrow(`timeouts.${option} `)
  })

  it.each([0, -1, Number.NaN, Number.POSITIVE_INFINITY, 0.5, 2 ** 53])(
    'rejects %d, which would disable a timeout',
    (value) => {
      expect(() => resolveTimeouts({ idle: value })).toThrow('timeouts.idle')
      expect(() => resolveTimeouts({ absolute: value })).toThrow('timeouts.absolute')
      expect(() => resolveTimeouts({ rememberedIdle: value })).toThrow('timeouts.rememberedIdle')
    },
  )

  it('rejects an idle timeout above the absolute timeout', () => {
    expect(() => resolveTimeouts({ absolute: hour, idle: 2 * hour })).toThrow('timeouts.idle')
  })

  it('rejects unknown presets, including inherited property names', () => {
    for (const preset of ['lax', 'constructor', '__proto__'] as unknown as ['standard']) {
      expect(() => resolveTimeouts({ preset })).toThrow('timeouts.preset')
    }
  })
})
