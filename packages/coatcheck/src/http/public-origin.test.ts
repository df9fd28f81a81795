import { describe, expect, it } from 'vitest'
import { createCookieProfile } from './cookies/cookie-profile.ts'
import { parsePublicOrigin } from './public-origin.ts'

const https = parsePublicOrigin('https://mjr.example')
const http = parsePublicOrigin('http://localhost:8080')

describe('parsePublicOrigin', () => {
  it('accepts an https origin', () => {
    expect(https).toEqual({ origin: 'https://mjr.example', host: 'mjr.example', https: true })
    expect(parsePublicOrigin('https://MJR.example:8443/').origin).toBe('https://mjr.example:8443')
  })

  it('accepts plain http only on loopback names', () => {
    for (const host of [
      'localhost',
      'localhost:1',
      'app.localhost:3000',
      'a.b.localhost',
      '127.0.0.1:8080',
      '127.1.2.3',
      '[::1]:80',
    ]) {
      expect(parsePublicOrigin(`http://${host}`).https).toBe(false)
    }
    for (const host of [
      'mjr.example',
      '0.0.0.0',
      '192.168.0.1',
      '[::]',
      '[::ffff:8.8.8.8]',
      'localhost.evil.example',
      'evil-localhost',
      'evillocalhost',
      'app.localhost.evil.example',
      '127.0.0.1.evil.example',
      'localhost.',
    ]) {
      expect(() => parsePublicOrigin(`http://${host}`)).toThrow(/baseUrl must be https/)
    }
  })

  it('accepts plain http on private IP addresses, and on no name, where that is allowed', () => {
    const parse = (host: string) => parsePublicOrigin(`http://${host}`, 'private-network')
    for (const host of [
      '192.168.0.1:8080',
      '10.1.2.3',
      '172.31.0.1',
      '[fd00::1]:80',
      'localhost',
    ]) {
      expect(parse(host).https).toBe(false)
    }
    for (const host of [
      '8.8.8.8',
      '172.32.0.1',
      '[2001:db8::1]',
      'nas.lan',
      '192.168.0.1.evil.example',
      '0.0.0.0',
    ]) {
      expect(() => parse(host)).toThrow(/baseUrl must be https/)
    }
    expect(parsePublicOrigin('https://mjr.example', 'private-network').https).toBe(true)
    const untyped = JSON.parse('"anywhere"')
    expect(() => parsePublicOrigin('http://8.8.8.8', untyped)).toThrow(/^plainHttp must be/)
  })

  it('rejects everything but an origin', () => {
    for (const url of ['', 'mjr.example', '/', 'ftp://mjr.example', 'javascript:1', 'https://']) {
      expect(() => parsePublicOrigin(url)).toThrow(/^baseUrl/)
    }
    for (const rest of ['/app', '?', '?a', '#', '#a', '//']) {
      expect(() => parsePublicOrigin(`https://mjr.example${rest}`)).toThrow(/must be an origin/)
    }
    expect(() => parsePublicOrigin('https://ada:pw@mjr.example')).toThrow(/must be an origin/)
  })
})

describe('createCookieProfile', () => {
  it('uses prefixed Secure cookies with https', () => {
    expect(createCookieProfile(https, {})).toEqual({
      session: '__Host-session',
      preSession: '__Host-pre',
      pendingSignIn: '__Host-session-pending',
      preSessionCopy: expect.any(Function),
      preSessionCopyPattern: /^__Host-pre[a-z]{12}$/,
      flash: '__Host-flash',
      secure: true,
      sameSite: 'lax',
      defaultSameSite: 'lax',
    })
  })

  it('uses different names without Secure in the development profile', () => {
    expect(createCookieProfile(http, { cookieName: 'sid', sameSite: 'strict' })).toEqual({
      session: 'sid-dev',
      preSession: 'pre-dev',
      pendingSignIn: 'sid-pending-dev',
      preSessionCopy: expect.any(Function),
      preSessionCopyPattern: /^pre[a-z]{12}-dev$/,
      flash: 'flash-dev',
      secure: false,
      sameSite: 'strict',
      defaultSameSite: 'lax',
    })
  })

  it('rejects invalid and reserved names, and SameSite None without https', () => {
    for (const cookieName of ['', 'a b', 'a;', '__Host-a', '__Secure-a', 'pre', 'flash', 'ü']) {
      expect(() => createCookieProfile(https, { cookieName })).toThrow(/^cookieName/)
    }
    expect(createCookieProfile(https, { sameSite: 'none' }).sameSite).toBe('none')
    expect(() => createCookieProfile(http, { sameSite: 'none' })).toThrow(/^sameSite/)
    const untyped: object = { sameSite: 'lax; Domain=evil.example' }
    expect(() => createCookieProfile(https, untyped)).toThrow(/^sameSite/)
  })
})
