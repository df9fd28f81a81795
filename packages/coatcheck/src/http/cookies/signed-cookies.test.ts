import { describe, expect, it } from 'vitest'
import {
  key,
  openNextExchange,
  setCookies,
  setUp,
} from '../../../test/support/open-web-sessions.ts'
import { SessionError } from '../../domain/errors.ts'

describe('signed cookies', () => {
  it('returns values only if signed for their name and not expired', () => {
    const { web, clock } = setUp()
    const first = openNextExchange(web, null)
    first.setSignedCookie({ name: 'theme', value: 'Grüße; "x"', maxAge: '1m' })
    const [cookie = ''] = setCookies(first)
    expect(cookie).toMatch(
      /^__Host-theme=[\w-]+\.[\w-]{43}; Path=\/; Secure; HttpOnly; SameSite=Lax; Max-Age=60$/,
    )
    const [pair = ''] = cookie.split(';')
    const read = (header: string, from = web, name = 'theme') =>
      from
        .open(new Request('https://mjr.example/', { headers: { cookie: header } }), null)
        .signedCookie(name)

    expect(read(pair)).toBe('Grüße; "x"')
    expect(read(pair.replace('theme', 'other'), web, 'other')).toBeNull()
    expect(read(`${pair}; ${pair}`)).toBeNull()
    expect(read('')).toBeNull()
    for (const forged of [
      `${pair}x`,
      `${pair}.x`,
      pair.replace(/\.[\w-]+$/, ''),
      '__Host-theme=',
    ]) {
      expect(read(forged)).toBeNull()
    }
    const older = 'an older key, of 32 bytes or more too'
    expect(read(pair, setUp({ keys: [older, key] }).web)).toBe('Grüße; "x"')
    expect(read(pair, setUp({ keys: [older] }).web)).toBeNull()
    clock.advance(59_999)
    expect(read(pair)).toBe('Grüße; "x"')
    clock.advance(1)
    expect(read(pair)).toBeNull()
  })

  it('expires cookies and rejects invalid names, ages and late calls', () => {
    const { web } = setUp({ baseUrl: 'http://localhost' })
    const exchange = openNextExchange(web, null)
    exchange.setSignedCookie({ name: 'theme', value: null, maxAge: 0 })
    for (const name of ['session', 'pre', 'flash', 'Theme', '__Host-theme', '', 'a;b']) {
      const set = () => exchange.setSignedCookie({ name, value: 'x', maxAge: 60_000 })
      expect(set).toThrow(expect.objectContaining({ code: 'invalid-argument' }))
      expect(() => exchange.signedCookie(name)).toThrow(SessionError)
    }
    for (const maxAge of [0, 999, Number.NaN, 401 * 24 * 60 * 60_000, '0s', '401d'] as const) {
      const set = () => exchange.setSignedCookie({ name: 'theme', value: 'x', maxAge })
      expect(set).toThrow(expect.objectContaining({ code: 'invalid-argument' }))
    }
    expect(setCookies(exchange)[0]).toMatch(/^theme-dev=; .*Max-Age=0; Expires=/)
    const late = () => exchange.setSignedCookie({ name: 'theme', value: 'x', maxAge: 60_000 })
    expect(late).toThrow(expect.objectContaining({ code: 'invalid-argument' }))
  })
})
