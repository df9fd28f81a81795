import { expect, it } from 'vitest'
import {
  formatRecoveryCode,
  parseRecoveryCode,
  recoveryCodeFrom,
  recoveryCodeLength,
} from './recovery-code.ts'

const bytes = Uint8Array.from({ length: recoveryCodeLength }, (_, index) => index * 9)

it('uses all 32 characters equally often, so that a code has 5 bits for each', () => {
  const counts = new Map<string, number>()
  const everyByte = Uint8Array.from({ length: 256 }, (_, index) => index)
  for (const character of recoveryCodeFrom(everyByte)) {
    counts.set(character, (counts.get(character) ?? 0) + 1)
  }
  expect(counts.size).toBe(32)
  expect(new Set(counts.values())).toEqual(new Set([8]))
  expect(recoveryCodeLength * 5).toBeGreaterThanOrEqual(128)
  expect([...counts.keys()].join('')).not.toMatch(/[ilou]/)
})

it('shows a code in seven groups of four', () => {
  const code = recoveryCodeFrom(bytes)
  expect(formatRecoveryCode(code)).toMatch(/^([0-9a-z]{4}-){6}[0-9a-z]{4}$/)
  expect(formatRecoveryCode(code).replaceAll('-', '')).toBe(code)
})

it.each([
  ['as it is shown', (shown: string) => shown],
  ['without hyphens', (shown: string) => shown.replaceAll('-', '')],
  ['with spaces', (shown: string) => ` ${shown.replaceAll('-', ' ')}\n`],
  ['in upper case', (shown: string) => shown.toUpperCase()],
  ['with the dashes of a text editor', (shown: string) => shown.replaceAll('-', '–')],
  [
    'with characters that look like digits',
    (shown: string) => shown.replaceAll('0', 'O').replaceAll('1', 'l'),
  ],
])('accepts a code %s', (_, typedAs) => {
  const code = recoveryCodeFrom(bytes)
  expect(parseRecoveryCode(typedAs(formatRecoveryCode(code)))).toBe(code)
})

it.each(['', '123456', 'k7mx-2qp9', 'u'.repeat(recoveryCodeLength), 'k'.repeat(29)])(
  'rejects %j, which has not the format of a code',
  (text) => {
    expect(parseRecoveryCode(text)).toBeNull()
  },
)
