import { describe, expect, it } from 'vitest'
import type { UsedMethod } from './authentication.ts'
import { formatMethods, parseMethods } from './stored-methods.ts'

const password: UsedMethod = { method: 'pwd', at: 1_768_469_400_123 }
const code: UsedMethod = { method: 'otp', at: -7 }

describe('parseMethods', () => {
  it.each([
    { methods: [], previousMethods: [] },
    { methods: [password], previousMethods: [] },
    { methods: [password, code], previousMethods: [password] },
    { methods: [], previousMethods: [code] },
  ])('reads what formatMethods wrote: %o', (history) => {
    expect(parseMethods(formatMethods(history))).toEqual(history)
  })

  it('reads the text that is documented in the migrations', () => {
    expect(parseMethods('pwd:1768469400123 otp:-7|pwd:1')).toEqual({
      methods: [password, code],
      previousMethods: [{ method: 'pwd', at: 1 }],
    })
  })

  it.each([
    'brainwave:1 pwd:1768469400123',
    'pwd:1768469400123 mfa2:5',
    'constructor:1 pwd:1768469400123',
    // Names with the same key as `mfa`.
    'amfa:1 pwd:1768469400123',
    '-fa:1 pwd:1768469400123',
  ])('drops the methods of another version of %j and keeps the others', (text) => {
    expect(parseMethods(text)).toEqual({ methods: [password], previousMethods: [] })
  })

  it.each([
    'pwd',
    'pwd:',
    ':1',
    'pwd:1.5',
    'pwd:1e3',
    'pwd:99999999999999999',
    'pwd:9999999999999999',
    'pwd:1,otp:2',
    'pwd:1  otp:2',
    ' pwd:1',
    'pwd:1\n',
    'PWD:1',
    'pwd:1 pwd:2',
    'mfa2:1 mfa2:2',
    'MFA:1',
    'pwd:-',
    'pwd:--1',
    'pwd:1 ',
    'pwd 1',
    'pwd:1|otp:2|mfa:3',
    'pwd:1|otp',
    `${'x'.repeat(33)}:1`,
    '[]',
    'null',
  ])('rejects the damaged text %j', (text) => {
    expect(parseMethods(text)).toBeNull()
  })
})
