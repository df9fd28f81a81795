import { describe, expect, it } from 'vitest'
import { csrfTokenMatches, maskCsrfSecret } from './csrf-token.ts'

const secret = Buffer.alloc(32, 'secret of the session')
const other = Buffer.alloc(32, 'secret of another')
const pad = Buffer.alloc(32, 'pad')

describe('CSRF token', () => {
  it('matches only the secret from which it was masked', () => {
    const token = maskCsrfSecret(secret, pad)
    expect(csrfTokenMatches(token, secret)).toBe(true)
    expect(csrfTokenMatches(token, other)).toBe(false)
  })

  it('differs with each pad and does not contain the secret', () => {
    const token = maskCsrfSecret(secret, pad)
    expect(token).not.toBe(maskCsrfSecret(secret, other))
    expect(Buffer.from(token, 'base64url').includes(secret)).toBe(false)
  })

  it('does not match and does not throw if it is malformed', () => {
    const token = maskCsrfSecret(secret, pad)
    const hostile = ['', ' ', 'null', token.slice(1), `${token}A`, `${token}\n`, ` ${token}`]
    for (const each of [...hostile, '='.repeat(86), 'é'.repeat(86), 'A'.repeat(100_000)]) {
      expect(csrfTokenMatches(each, secret)).toBe(false)
    }
  })

  it('never matches an empty or short secret', () => {
    const zeros = maskCsrfSecret(Buffer.alloc(32), Buffer.alloc(32))
    expect(csrfTokenMatches(zeros, new Uint8Array(0))).toBe(false)
    expect(csrfTokenMatches(zeros, new Uint8Array(31))).toBe(false)
    expect(() => maskCsrfSecret(new Uint8Array(0), pad)).toThrow(RangeError)
  })
})
