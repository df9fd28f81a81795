import { describe, expect, it } from 'vitest'
import { maxCookieAgeSeconds, type SetCookie, serializeCookie } from './set-cookie.ts'

const cookie: SetCookie = {
  name: '__Host-session',
  value: 'id.secret',
  secure: true,
  sameSite: 'lax',
  maxAgeSeconds: null,
}

/** Bypasses the types, as a JavaScript caller does. */
function serialize(fields: Record<string, unknown>): string {
  return serializeCookie(Object.assign({}, cookie, fields))
}

describe('serializeCookie', () => {
  it('writes every protective attribute, and Max-Age only if given', () => {
    expect(serializeCookie(cookie)).toBe(
      '__Host-session=id.secret; Path=/; Secure; HttpOnly; SameSite=Lax',
    )
    expect(serialize({ maxAgeSeconds: maxCookieAgeSeconds })).toMatch(/; Max-Age=34560000$/)
  })

  it('writes an expired cookie for a Max-Age of 0', () => {
    expect(serialize({ value: '', maxAgeSeconds: 0 })).toBe(
      '__Host-session=; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=0; ' +
        'Expires=Thu, 01 Jan 1970 00:00:00 GMT',
    )
  })

  it('rejects delimiters in every field, even if types are bypassed', () => {
    // CVE-2024-47764, also through Hono's domain, path, sameSite and priority.
    const injections = [';', ',', '\r', '\n', '\0', ' ', '"', '\\', '\u007f', 'ü', '\u2028']
    for (const each of injections) {
      for (const field of ['name', 'value', 'sameSite', 'maxAgeSeconds']) {
        const from = field === 'sameSite' ? 'lax' : '1'
        expect(() => serialize({ [field]: `${from}${each}` })).toThrow(/^a cookie /)
      }
    }
    expect(() => serialize({ sameSite: 'lax; Domain=evil.example' })).toThrow(/sameSite/)
    expect(() => serialize({ maxAgeSeconds: '1; Domain=evil.example' })).toThrow(/Max-Age/)
    expect(() => serialize({ secure: 'x; Domain=evil.example' })).toThrow(/secure/)
    expect(serialize({ domain: 'evil.example', priority: 'High' })).not.toMatch(/evil|High/)
  })

  it('rejects values that are not strings and empty names', () => {
    for (const value of [undefined, null, 1, {}, ['a']]) {
      expect(() => serialize({ value })).toThrow(/value/)
      expect(() => serialize({ name: value })).toThrow(/name/)
    }
    expect(() => serialize({ name: '' })).toThrow(/name/)
    expect(() => serialize({ name: 'a=b' })).toThrow(/name/)
  })

  it('rejects a cookie prefix and SameSite None without Secure', () => {
    for (const name of ['__Host-a', '__Secure-a', '__host-a', '__SECURE-a']) {
      expect(() => serialize({ name, secure: false })).toThrow(/prefix/)
    }
    expect(() => serialize({ name: 'a', secure: false, sameSite: 'none' })).toThrow(/none/)
    expect(serialize({ name: 'a', secure: false })).toBe(
      'a=id.secret; Path=/; HttpOnly; SameSite=Lax',
    )
  })

  it('rejects a Max-Age that is negative, fractional, infinite or over 400 days', () => {
    for (const maxAgeSeconds of [
      -1,
      0.5,
      Number.NaN,
      Number.POSITIVE_INFINITY,
      maxCookieAgeSeconds + 1,
    ]) {
      expect(() => serialize({ maxAgeSeconds })).toThrow(/Max-Age/)
    }
  })

  it('rejects a cookie over 4096 bytes', () => {
    const maxValueLength = 4096 - serialize({ value: '' }).length
    expect(serialize({ value: 'x'.repeat(maxValueLength) })).toHaveLength(4096)
    expect(() => serialize({ value: 'x'.repeat(maxValueLength + 1) })).toThrow(/4096/)
  })

  it('does not include the value in errors', () => {
    expect(() => serialize({ value: 'top secret' })).toThrow(
      expect.objectContaining({ message: expect.not.stringContaining('secret') }),
    )
  })
})
