import { expect } from 'vitest'
import { scenarioBearer } from './app.ts'
import { adapterCases } from './case.ts'
import { signIn } from './sessions.ts'

/** Authorization headers of the Bearer scheme without exactly one valid bearer token. */
const badAuthorizations: readonly (readonly string[])[] = [
  ['Bearer wrong'],
  ['Bearer'],
  ['Bearer '],
  [`Bearer ${scenarioBearer} extra`],
  [`Bearer ${scenarioBearer},`],
  [`Bearer:${scenarioBearer}`],
  [`Bearer="${scenarioBearer}"`],
  [`Bearer\t${scenarioBearer}`],
  [`Bearer ${scenarioBearer}`, `Bearer ${scenarioBearer}`],
  ['Bearer wrong', `Bearer ${scenarioBearer}`],
  ['Basic YWRhOnB3', `Bearer ${scenarioBearer}`],
  [`Bearer ${scenarioBearer}`, 'Basic YWRhOnB3'],
  [`Basic YWRhOnB3,bearer ${scenarioBearer}`],
]

/** Authorization headers of proxies and gateways in front of the app. */
const foreignAuthorizations: readonly string[] = [
  'Basic YWRhOnB3',
  'Digest username="ada", realm="staging", nonce="1", uri="/", response="2"',
  'Negotiate YII=',
  'AWS4-HMAC-SHA256 Credential=AKID/20261130/eu/execute-api/aws4_request, SignedHeaders=host, Signature=0',
  'Bearer2 abc',
  scenarioBearer,
]

/** Cookie names that a lenient parser would confuse with the session cookie. */
const lookalikes: readonly string[] = [
  '\u00a0__Host-session',
  '\u0085__Host-session',
  '__Host-session ',
  '__host-session',
  '__HOST-SESSION',
  '=__Host-session',
  '$Version=1; $__Host-session',
  '"__Host-session"',
  '__Host-session\u00a0',
  'a,__Host-session',
  'a]__Host-session',
  '__proto__',
  'session',
]

export const adapterCredentialCases = adapterCases('credentials', {
  'accepts a bearer token with the scheme in any case': async ({ client }) => {
    for (const scheme of ['Bearer', 'bearer', 'BEARER']) {
      const headers = [['Authorization', `${scheme} ${scenarioBearer}`]] as const
      expect((await client.send('/api/me', { headers })).body).toBe('the bearer')
    }
  },

  'requires no CSRF token and no origin for a bearer token': async ({ client }) => {
    const headers = [['Authorization', `Bearer ${scenarioBearer}`]] as const
    expect((await client.send('/api/me', { method: 'POST', headers })).body).toBe('the bearer')
  },

  'never falls back from an invalid bearer token to a valid cookie': async ({ client }) => {
    await signIn(client)
    expect((await client.send('/api/me')).body).toBe('session')
    for (const values of badAuthorizations) {
      const headers = values.map((value) => ['Authorization', value] as const)
      const response = await client.send('/api/me', { headers })
      expect([values, response.status]).toEqual([values, 401])
      expect(response.headers['www-authenticate']).toBe('Bearer error="invalid_token"')
    }
  },

  'ignores Authorization headers of other schemes: the session counts': async ({ client }) => {
    for (const value of foreignAuthorizations) {
      const headers = [['Authorization', value]] as const
      const anonymous = await client.sendWithoutCookies('/api/me', { headers })
      expect([value, anonymous.status]).toEqual([value, 401])
      expect(anonymous.headers['www-authenticate']).toBe('Bearer')
    }
    await signIn(client)
    for (const value of foreignAuthorizations) {
      const headers = [['Authorization', value]] as const
      const response = await client.send('/api/me', { headers })
      expect([value, response.status, response.body]).toEqual([value, 200, 'session'])
      // The cookie authenticates, so its CSRF guard applies.
      const unsafe = await client.send('/api/me', { method: 'POST', headers })
      expect([value, unsafe.status]).toEqual([value, 403])
    }
  },

  'reads a session token from its cookie only': async ({ client, otherClient }) => {
    const token = await signIn(client)
    const headers = [['Authorization', `Bearer ${token}`]] as const
    expect((await otherClient.send('/api/me', { headers })).status).toBe(401)
    const customHeader = [['X-Session-Id', token]] as const
    const path = `/api/me?session=${token}&__Host-session=${token}`
    expect((await otherClient.send(path, { headers: customHeader })).status).toBe(401)
  },

  'rejects a session cookie that appears twice, in one header or in two': async ({
    client,
    otherClient,
    probe,
  }) => {
    const token = await signIn(client)
    const pair = `__Host-session=${token}`
    const planted = `__Host-session=${await signIn(otherClient, 'mallory')}`
    probe.storeCalls.length = 0
    for (const value of [`${pair}; ${planted}`, `${planted};${pair}`, `${pair}; ${pair}`]) {
      const headers = [['Cookie', value]] as const
      expect((await client.sendWithoutCookies('/api/session', { headers })).status).toBe(401)
    }
    const headers = [
      ['Cookie', pair],
      ['Cookie', planted],
    ] as const
    expect((await client.sendWithoutCookies('/api/session', { headers })).status).toBe(401)
    expect(probe.storeCalls).toEqual([])
  },

  'accepts only a cookie whose name matches byte for byte': async ({ client }) => {
    const token = await signIn(client)
    for (const name of lookalikes) {
      const headers = [['Cookie', `${name}=${token}`]] as const
      const { status } = await client.sendWithoutCookies('/api/session', { headers })
      expect([name, status]).toEqual([name, 401])
    }
    const headers = [['Cookie', `a=1;\t__Host-session=${token} ; b`]] as const
    expect((await client.sendWithoutCookies('/api/session', { headers })).status).toBe(200)
  },

  'rejects malformed tokens without reading the store': async ({ client, probe }) => {
    const hostile = ['', 'x', '""', 'a.b', '%00', '../../etc/passwd', 'x'.repeat(8_000), '{"a":1}']
    for (const value of hostile) {
      const headers = [['Cookie', `__Host-session=${value}`]] as const
      expect((await client.sendWithoutCookies('/api/session', { headers })).status).toBe(401)
    }
    expect(probe.storeCalls).toEqual([])
  },

  'rejects a request with two Host headers': async ({ client }) => {
    expect((await client.send('/one-host')).status).toBe(200)
    for (const second of ['coatcheck.example', 'evil.example']) {
      const headers = [
        ['Host', 'coatcheck.example'],
        ['Host', second],
      ] as const
      expect((await client.send('/one-host', { headers })).status).toBe(400)
    }
  },

  'redirects pages from http to https at the configured origin': async ({ client }) => {
    const httpHeaders = [
      ['X-Forwarded-Proto', 'http'],
      ['Host', 'evil.example'],
    ] as const
    const page = await client.send('/secure?a=1', { headers: httpHeaders })
    expect([page.status, page.headers.location]).toEqual([
      307,
      'https://coatcheck.example/secure?a=1',
    ])
    expect((await client.send('/secure')).status).toBe(200)
  },
})
