import { describe, expect, it } from 'vitest'
import { createFlashCookie, flashLifetime } from './flash-cookie.ts'
import { createPreSession } from './pre-session.ts'

const keys = ['a key of 32 bytes or more, for now']
const cookie = createFlashCookie(keys)
const welcome = { kind: 'success', message: 'Grüße; "quoted", \u{1f44b} <b>' }

describe('createFlashCookie', () => {
  it('gives back what it was given, in cookie octets', () => {
    const value = cookie.encode([welcome, { kind: 'error', message: '' }], 0)
    expect(value).toMatch(/^[\w.-]+$/)
    expect(cookie.decode(value, 0)).toEqual([welcome, { kind: 'error', message: '' }])
  })

  it('gives nothing after five minutes', () => {
    const value = cookie.encode([welcome], 1_000)
    expect(cookie.decode(value, 1_000 + flashLifetime - 1)).toEqual([welcome])
    expect(cookie.decode(value, 1_000 + flashLifetime)).toEqual([])
  })

  it('gives nothing that it did not sign', () => {
    const value = cookie.encode([welcome], 0)
    const [text = '', signature = ''] = value.split('.')
    const forged = Buffer.from('[9e15,[["error","call +1 900"]]]').toString('base64url')
    for (const each of ['', '.', text, `${text}.`, `${forged}.${signature}`, `${value}.x`]) {
      expect(cookie.decode(each, 0)).toEqual([])
    }
    const otherCookie = createFlashCookie(['a key of 32 bytes, of somebody else'])
    expect(cookie.decode(otherCookie.encode([welcome], 0), 0)).toEqual([])
    const preSession = createPreSession(keys, { bytes: (count) => new Uint8Array(count) })
    expect(cookie.decode(preSession.issue(), 0)).toEqual([])
  })

  it('leaves the oldest out rather than grow past what a browser keeps', () => {
    const long = (kind: string) => ({ kind, message: '\u{1f44b}'.repeat(250) })
    const value = cookie.encode(['a', 'b', 'c', 'd', 'e'].map(long), 0)
    expect(value.length).toBeLessThan(3_900)
    expect(cookie.decode(value, 0).map(({ kind }) => kind)).toEqual(['d', 'e'])
    const control = { kind: 'x', message: '\u0001'.repeat(500) }
    expect(cookie.encode([control], 0).length).toBeLessThan(4_096)
  })
})
