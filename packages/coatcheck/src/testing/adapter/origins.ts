import { expect } from 'vitest'
import { scenarioBearer } from './app.ts'
import { adapterCases } from './case.ts'
import { type RawHeaders, type ScenarioClient, sameOriginHeaders } from './client.ts'
import { signIn } from './sessions.ts'

const spa = 'https://app.example'
const trusted = [spa, 'http://localhost:5173']

/** Origins that resemble a trusted one. */
const untrusted: readonly string[] = [
  'https://evil.example',
  'null',
  'http://app.example',
  'https://app.example:8443',
  'https://app.example.evil.example',
  'https://sub.app.example',
  'https://APP.example',
  'https://app.example/',
  'https://app.example, https://evil.example',
  '*',
  '',
]

/** Headers of a script of a page at another origin. */
function fromOrigin(origin: string, site = 'cross-site'): RawHeaders {
  return [
    ['Origin', origin],
    ['Sec-Fetch-Site', site],
    ['Sec-Fetch-Mode', 'cors'],
    ['Sec-Fetch-Dest', 'empty'],
  ]
}

function preflight(client: ScenarioClient, path: string, origin: string) {
  const headers = [
    ...fromOrigin(origin),
    ['Access-Control-Request-Method', 'DELETE'],
    ['Access-Control-Request-Headers', 'content-type,x-csrf-token'],
  ] as const
  return client.sendWithoutCookies(path, { method: 'OPTIONS', headers })
}

/** Names of the CORS headers of a response. */
function corsHeaderNames({ headers }: { readonly headers: object }): readonly string[] {
  return Object.keys(headers).filter((name) => name.startsWith('access-control-'))
}

export const adapterTrustedOriginCases = adapterCases(
  'trusted origins',
  {
    'get an answer to their preflights for the API, without a session': async ({ client }) => {
      for (const origin of trusted) {
        const { status, headers, body } = await preflight(client, '/api/urls/1', origin)
        expect([status, body]).toEqual([204, ''])
        expect(headers).toMatchObject({
          'access-control-allow-origin': origin,
          'access-control-allow-credentials': 'true',
          'access-control-allow-methods': 'GET, HEAD, POST, PUT, PATCH, DELETE',
          'access-control-allow-headers': 'Content-Type, X-CSRF-Token',
          'access-control-max-age': '7200',
          vary: 'Origin',
        })
      }
    },

    'get no answer for pages, and other origins none at all': async ({ client }) => {
      const refused = [
        await preflight(client, '/page', spa),
        await client.send('/api/me', { method: 'OPTIONS', headers: fromOrigin(spa) }),
      ]
      expect(refused.map(({ status }) => status)).toEqual([405, 405])
      expect(refused[0] && corsHeaderNames(refused[0])).toEqual([])
      for (const origin of untrusted) {
        const response = await preflight(client, '/api/me', origin)
        expect([origin, response.status, corsHeaderNames(response)]).toEqual([origin, 405, []])
        const read = await client.send('/api/token', { headers: fromOrigin(origin) })
        expect([origin, read.status, corsHeaderNames(read)]).toEqual([origin, 403, []])
        expect(read.headers.vary).toContain('Origin')
      }
    },

    'can read every response of the API, refusals and errors too': async ({ client, probe }) => {
      const statusOf = async (path: string, site: string) => {
        const response = await client.send(path, { headers: fromOrigin(spa, site) })
        expect(response.headers).toMatchObject({
          'access-control-allow-origin': spa,
          'access-control-allow-credentials': 'true',
          'access-control-expose-headers': 'Retry-After',
        })
        return response.status
      }
      for (const site of ['cross-site', 'same-site', 'same-origin']) {
        expect(await statusOf('/api/session', site)).toBe(401)
        expect(await statusOf('/api/token', site)).toBe(200)
        expect(await statusOf('/api/throws', site)).toBe(500)
      }
      await signIn(client)
      expect(await statusOf('/api/session', 'cross-site')).toBe(200)
      probe.storeFails = true
      expect(await statusOf('/api/session', 'cross-site')).toBe(503)
    },

    'keep the Vary of the route, which also gets Origin': async ({ client }) => {
      for (const headers of [[], fromOrigin(spa)]) {
        const { vary = '' } = (await client.send('/api/varies', { headers })).headers
        expect(vary.split(/, */).toSorted()).toEqual(['Accept-Encoding', 'Origin'])
      }
    },

    'can sign in and call the API with the CSRF token, and not without': async ({ client }) => {
      for (const site of ['cross-site', 'same-site']) {
        client.cookies.clear()
        const call = (path: string, token: RawHeaders, body = '') =>
          client.send(path, { method: 'POST', headers: [...fromOrigin(spa, site), ...token], body })
        const readToken = async () =>
          (await client.send('/api/token', { headers: fromOrigin(spa, site) })).body

        expect((await call('/api/sign-in', [], 'ada')).status).toBe(403)
        const anonymous = ['X-CSRF-Token', await readToken()] as const
        expect((await call('/api/sign-in', [anonymous], 'ada')).status).toBe(200)
        expect((await call('/api/me', [anonymous])).status).toBe(403)
        expect((await call('/api/me', [])).status).toBe(403)
        const token = ['X-CSRF-Token', await readToken()] as const
        expect((await call('/api/me', [token])).body).toBe('session')
      }
    },

    'cannot post to pages, nor load what they could not read': async ({ client }) => {
      await signIn(client)
      const token = ['X-CSRF-Token', await client.csrfToken()] as const
      const headers = [...fromOrigin(spa), token]
      const posted = await client.send('/echo', { method: 'POST', headers })
      expect([posted.status, corsHeaderNames(posted)]).toEqual([403, []])
      expect((await client.send('/isolated', { headers: fromOrigin(spa) })).status).toBe(403)
      const image = [
        ['Sec-Fetch-Site', 'cross-site'],
        ['Sec-Fetch-Mode', 'no-cors'],
      ] as const
      expect((await client.send('/api/token', { headers: image })).status).toBe(403)
    },

    'change nothing for our own pages and bearer tokens': async ({ client }) => {
      await signIn(client)
      const token = ['X-CSRF-Token', await client.csrfToken()] as const
      const headers = [...sameOriginHeaders, token]
      const own = await client.send('/api/me', { method: 'POST', headers })
      expect([own.status, corsHeaderNames(own)]).toEqual([200, []])
      const authorization = ['Authorization', `Bearer ${scenarioBearer}`] as const
      const bearer = await client.send('/api/me', { headers: [...fromOrigin(spa), authorization] })
      expect(bearer.body).toBe('the bearer')
    },
  },
  { web: { trustedOrigins: trusted } },
)

/** Sec-Fetch-Site, Origin and Referer of a request without a token, and whether it is accepted. */
const originModeRequests: readonly (readonly [
  site: string | null,
  origin: string | null,
  referer: string | null,
  passes: boolean,
])[] = [
  ['same-origin', 'https://coatcheck.example', null, true],
  ['same-origin', null, null, true],
  ['same-origin', 'null', null, true],
  [null, 'https://coatcheck.example', null, true],
  [null, null, 'https://coatcheck.example/page', true],
  ['same-site', 'https://coatcheck.example', null, false],
  ['same-site', 'https://blog.coatcheck.example', null, false],
  ['cross-site', 'https://evil.example', null, false],
  ['cross-site', 'null', null, false],
  ['none', null, null, false],
  ['none', 'null', null, false],
  ['same-origin', 'https://evil.example', null, false],
  [null, 'null', 'https://coatcheck.example/page', false],
  [null, 'https://evil.example', null, false],
  [null, null, null, false],
]

export const adapterOriginModeCases = adapterCases(
  'CSRF protection by origin',
  {
    'accepts or refuses requests without a token by their origin': async ({ client }) => {
      client.cookies.set('__Host-session', await signIn(client))
      for (const [site, origin, referer, passes] of originModeRequests) {
        const values = { 'Sec-Fetch-Site': site, Origin: origin, Referer: referer }
        const headers = Object.entries(values).flatMap(([name, value]) =>
          value === null ? [] : [[name, value] as const],
        )
        for (const [method, path] of [
          ['POST', '/echo'],
          ['POST', '/api/me'],
          ['DELETE', '/api/me'],
        ] as const) {
          const { status } = await client.send(path, { method, headers })
          expect([path, values, status]).toEqual([path, values, passes ? 200 : 403])
        }
      }
    },

    'refuses a sign-in that another site posts, without a cookie or a store read': async ({
      client,
      probe,
    }) => {
      const headers = [
        ['Content-Type', 'application/x-www-form-urlencoded'],
        ['Sec-Fetch-Site', 'cross-site'],
        ['Origin', 'https://evil.example'],
      ] as const
      const body = 'user=mallory'
      const response = await client.send('/sign-in', { method: 'POST', headers, body })
      expect([response.status, response.setCookies]).toEqual([403, []])
      expect(probe.storeCalls).toEqual([])
      expect(probe.events).toMatchObject([{ type: 'csrf-refused', reason: 'cross-site' }])
    },

    'refuses bodies for the API of types that other sites can send': async ({ client }) => {
      await signIn(client)
      const statusOf = async (path: string, type: RawHeaders, body: string) => {
        const headers = [...sameOriginHeaders, ...type]
        return (await client.send(path, { method: 'POST', headers, body })).status
      }
      for (const [type, status] of [
        ['application/json', 200],
        ['Application/JSON; charset=utf-8', 200],
        ['image/png', 200],
        ['text/plain', 415],
        ['Text/Plain;charset=utf-8; a="application/json"', 415],
        ['application/x-www-form-urlencoded', 415],
        ['multipart/form-data; boundary=b', 415],
      ] as const) {
        const typeHeaders = [['Content-Type', type]] as const
        expect([type, await statusOf('/api/echo', typeHeaders, '{}')]).toEqual([type, status])
        expect([type, await statusOf('/echo', typeHeaders, '{}')]).toEqual([type, 200])
      }
      expect(await statusOf('/api/echo', [], '{}')).toBe(415)
      expect(await statusOf('/api/echo', [['Transfer-Encoding', 'chunked']], '{}')).toBe(415)
      expect(await statusOf('/api/echo', [], '')).toBe(200)
    },
  },
  { web: { csrf: 'origin' } },
)

export const adapterTrustedOriginModeCases = adapterCases(
  'CSRF protection by origin with trusted origins',
  {
    'lets a trusted origin call the API without a token, and no other': async ({ client }) => {
      await signIn(client)
      const json = ['Content-Type', 'application/json'] as const
      for (const [origin, path, status] of [
        [spa, '/api/echo', 200],
        [spa, '/echo', 403],
        ['https://evil.example', '/api/echo', 403],
        ['null', '/api/echo', 403],
      ] as const) {
        const headers = [...fromOrigin(origin), json]
        const response = await client.send(path, { method: 'POST', headers, body: '{}' })
        expect([origin, path, response.status]).toEqual([origin, path, status])
      }
    },
  },
  { web: { csrf: 'origin', trustedOrigins: trusted } },
)
