import { describe, expect, it } from 'vitest'
import { isRegisteredRedirectUri, redirectUriProblem } from './redirect-uri.ts'

describe('redirectUriProblem', () => {
  it.each([
    'https://app.example/callback',
    'https://app.example/callback?tenant=a',
    'https://app.example:8443/',
    'https://abcdefghijklmnop.chromiumapp.org/mjr',
    'http://127.0.0.1/callback',
    'http://[::1]/callback',
    'com.example.app:/callback',
  ])('accepts %s', (uri) => {
    expect(redirectUriProblem(uri)).toBeNull()
  })

  it.each([
    ['', 'not-a-uri'],
    ['/callback', 'not-a-uri'],
    ['https://app.example/a b', 'not-a-uri'],
    ['https:\\\\app.example/', 'not-a-uri'],
    ['https://app.example/\u0000', 'not-a-uri'],
    ['https://äpp.example/', 'not-a-uri'],
    [`https://app.example/${'a'.repeat(500)}`, 'too-long'],
    ['https://app.example', 'not-normalized'],
    ['https://APP.example/', 'not-normalized'],
    ['https://app.example:443/', 'not-normalized'],
    ['https://app.example/a/../b', 'not-normalized'],
    ['https:/app.example/', 'not-normalized'],
    ['https://app.example/#', 'has-fragment'],
    ['https://app.example/#a', 'has-fragment'],
    ['https://app.example@evil.example/', 'has-user-info'],
    ['https://*.example/', 'has-wildcard'],
    ['https://app.example/*', 'has-wildcard'],
    ['http://localhost/callback', 'localhost'],
    ['http://app.example/', 'plain-http'],
    ['http://127.0.0.1.evil.example/', 'plain-http'],
    ['http://127.0.0.2/', 'plain-http'],
    ['myapp:/callback', 'scheme-without-dot'],
    ['javascript:alert(1)', 'scheme-without-dot'],
    ['data:text/html,a', 'scheme-without-dot'],
  ] as const)('rejects %j as %s', (uri, problem) => {
    expect(redirectUriProblem(uri)).toBe(problem)
  })
})

describe('isRegisteredRedirectUri', () => {
  const registered = [
    'https://app.example/callback',
    'http://127.0.0.1/callback',
    'http://[::1]:7777/callback?a=1',
    'com.example.app:/callback',
  ]

  it.each([
    ...registered,
    'http://127.0.0.1:1/callback',
    'http://127.0.0.1:65535/callback',
    'http://[::1]:50000/callback?a=1',
  ])('accepts %s', (uri) => {
    expect(isRegisteredRedirectUri(registered, uri)).toBe(true)
  })

  it.each([
    '',
    'https://app.example/callback/',
    'https://app.example/callback?',
    'https://app.example/callback?a=1',
    'https://app.example/Callback',
    'https://app.example/callback#',
    'https://app.example/x/../callback',
    'https://app.example/%63allback',
    'https://app.example:443/callback',
    'https://app.example:8443/callback',
    'https://APP.example/callback',
    'https://app.example.evil.example/callback',
    'https://evil.example/callback',
    'https://app.example@evil.example/callback',
    'http://app.example/callback',
    'https://app.example\\@evil.example/callback',
    '//app.example/callback',
    ' https://app.example/callback',
    'https://app.example/callback\n',
    'http://localhost/callback',
    'http://localhost:7777/callback',
    'http://127.0.0.1:0/callback',
    'http://127.0.0.1:65536/callback',
    'http://127.0.0.1:99999999/callback',
    'http://127.0.0.1:80@evil.example/callback',
    'http://127.0.0.1:/callback',
    'http://127.0.0.1:80.evil.example/callback',
    'http://127.0.0.1.evil.example/callback',
    'http://127.0.0.1:7777/other',
    'http://127.0.0.1:7777/callback?a=1',
    'http://127.1:7777/callback',
    'http://2130706433/callback',
    'http://[::1]/callback',
    'http://[0:0:0:0:0:0:0:1]:7777/callback?a=1',
    'https://127.0.0.1:7777/callback',
    'com.example.app:/callback/',
    'com.example.app://callback',
    'com.example.app2:/callback',
    'javascript:alert(1)',
  ])('rejects %j', (uri) => {
    expect(isRegisteredRedirectUri(registered, uri)).toBe(false)
  })
})
