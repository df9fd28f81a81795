import { expect } from 'vitest'
import { adapterCases } from './case.ts'
import { formHeaders, type RawHeaders, type ScenarioClient, sameOriginHeaders } from './client.ts'
import { signIn } from './sessions.ts'

const ownOrigin = 'https://coatcheck.example'
const evilOrigin = 'https://evil.example'

/** Sec-Fetch-Site, Origin and Referer of a request, and whether it is accepted. */
const origins: readonly (readonly [
  site: string | null,
  origin: string | null,
  referer: string | null,
  passes: boolean,
])[] = [
  ['same-origin', ownOrigin, null, true],
  ['same-origin', null, null, true],
  ['same-origin', 'null', null, true],
  ['same-origin', 'null', `${evilOrigin}/form`, true],
  ['same-site', 'null', null, false],
  ['cross-site', 'null', null, false],
  ['none', 'null', null, false],
  ['none', 'null', `${ownOrigin}/form`, false],
  ['surprise', 'null', null, false],
  ['same-origin', evilOrigin, null, false],
  ['same-site', ownOrigin, null, false],
  ['same-site', 'https://blog.coatcheck.example', null, false],
  ['cross-site', evilOrigin, null, false],
  ['cross-site', ownOrigin, null, false],
  ['none', ownOrigin, null, true],
  ['none', null, null, false],
  ['surprise', ownOrigin, null, true],
  ['surprise', null, `${ownOrigin}/form`, true],
  [null, ownOrigin, null, true],
  [null, 'null', null, false],
  [null, 'null', `${ownOrigin}/form`, false],
  [null, evilOrigin, `${ownOrigin}/form`, false],
  [null, 'http://coatcheck.example', null, false],
  [null, `${ownOrigin}:8443`, null, false],
  [null, `${ownOrigin}.evil.example`, null, false],
  [null, null, `${ownOrigin}/form`, true],
  [null, null, `${evilOrigin}/?${ownOrigin}`, false],
  [null, null, 'https://coatcheck.example@evil.example/', false],
  [null, null, null, false],
]

const bodyTypes = [
  'application/json',
  'text/plain',
  'application/x-www-form-urlencoded',
  'multipart/form-data; boundary=b',
  'image/png',
]

/** Sends a request with a valid token, so that only the origin check can refuse it. */
async function postAs(client: ScenarioClient, headers: RawHeaders, method = 'POST') {
  const token = ['X-CSRF-Token', await client.csrfToken()] as const
  return client.send(method === 'DELETE' ? '/api/me' : '/echo', {
    method,
    headers: [...headers, token, ['Content-Type', 'application/json']],
    body: '{}',
  })
}

function postForm(client: ScenarioClient, body: string, headers: RawHeaders = formHeaders) {
  return client.send('/echo', { method: 'POST', headers: [...headers, ...sameOriginHeaders], body })
}

export const adapterCsrfCases = adapterCases('CSRF protection', {
  'accepts or refuses requests by Sec-Fetch-Site, Origin and Referer': async ({ client }) => {
    await signIn(client)
    for (const [site, origin, referer, passes] of origins) {
      const originHeaders = { 'Sec-Fetch-Site': site, Origin: origin, Referer: referer }
      const headers = Object.entries(originHeaders).flatMap(([name, value]) =>
        value === null ? [] : [[name, value] as const],
      )
      for (const method of ['POST', 'DELETE']) {
        const { status } = await postAs(client, headers, method)
        expect([method, originHeaders, status]).toEqual([method, originHeaders, passes ? 200 : 403])
      }
    }
  },

  'compares Origin with the configured origin, never with Host': async ({ client }) => {
    const headers = [
      ['Host', 'evil.example'],
      ['Origin', evilOrigin],
    ] as const
    expect((await postAs(client, headers)).status).toBe(403)
    const forwarded = [
      ['X-Forwarded-Host', 'evil.example'],
      ['Origin', evilOrigin],
    ] as const
    expect((await postAs(client, forwarded)).status).toBe(403)
  },

  'ignores method override headers': async ({ client }) => {
    const headers = [
      ['X-HTTP-Method-Override', 'GET'],
      ['Origin', evilOrigin],
    ] as const
    expect((await postAs(client, headers)).status).toBe(403)
  },

  'refuses a cross-site sign-in with an event, without a cookie or a store read': async ({
    client,
    probe,
  }) => {
    const response = await client.send('/sign-in', {
      method: 'POST',
      headers: [...formHeaders, ['Sec-Fetch-Site', 'cross-site'], ['Origin', evilOrigin]],
      body: 'user=mallory',
    })
    expect([response.status, response.setCookies]).toEqual([403, []])
    expect(probe.storeCalls).toEqual([])
    expect(probe.events).toMatchObject([
      { type: 'csrf-refused', reason: 'cross-site', method: 'POST', path: '/sign-in' },
    ])
  },

  'refuses a form whose token is missing, empty, an array or from another client': async ({
    client,
    otherClient,
    probe,
  }) => {
    await client.csrfToken()
    const otherToken = await otherClient.csrfToken()
    const bodies = ['a=1', 'csrf_token=', `csrf_token[]=${await client.csrfToken()}`]
    for (const body of [...bodies, `csrf_token=${otherToken}`, 'csrf_token=x']) {
      expect([body, (await postForm(client, body)).status]).toEqual([body, 403])
    }
    const reasons = probe.events.map((event) => 'reason' in event && event.reason)
    expect(reasons).toEqual([
      'token-missing',
      'token-missing',
      'token-missing',
      'token-mismatch',
      'token-mismatch',
    ])
  },

  'accepts the tokens of all tabs that a visitor without cookies opens at once': async ({
    client,
    otherClient,
  }) => {
    const tabs = [1, 2, 3].map(() => client.sendWithoutCookies('/form'))
    const pages = await Promise.all(tabs)
    for (const page of pages) client.store(page)
    // Later pages set no more cookies.
    expect((await client.send('/form')).setCookies).toEqual([])
    for (const { body } of pages) {
      expect((await postForm(client, `csrf_token=${body}`)).status).toBe(200)
    }
    const [first] = pages
    expect((await postForm(otherClient, `csrf_token=${first?.body}`)).status).toBe(403)
    await otherClient.csrfToken()
    expect((await postForm(otherClient, `csrf_token=${first?.body}`)).status).toBe(403)
    await signIn(client)
    expect([...client.cookies.keys()]).toEqual(['__Host-session'])
    expect((await postForm(client, `csrf_token=${first?.body}`)).status).toBe(403)
  },

  'leads a user on who has signed in in another tab meanwhile, and signs in nobody': async ({
    client,
    probe,
  }) => {
    const token = await client.csrfToken()
    await signIn(client, 'ada')
    probe.events.length = 0
    const post = (next: string, headers: RawHeaders, path = '/login') => {
      const body = `csrf_token=${token}&user=mallory${next}`
      return client.send(path, { method: 'POST', headers: [...formHeaders, ...headers], body })
    }
    for (const [next, location] of [
      ['&next=%2Flinks%3Fa%3D1', '/links?a=1'],
      ['&next=%2F%2Fevil.example', '/'],
      ['', '/'],
    ] as const) {
      const response = await post(next, sameOriginHeaders)
      expect([response.status, response.headers.location]).toEqual([303, location])
      expect(response.setCookies).toEqual([])
    }
    expect(probe.events.filter(({ type }) => type === 'csrf-refused')).toEqual([])
    expect((await client.send('/page')).body).toBe('ada')
    // Only the sign-in form, only with a token, and only from one of our pages.
    expect((await post('', sameOriginHeaders, '/sign-in')).status).toBe(403)
    expect((await post('', [['Origin', evilOrigin]])).status).toBe(403)
    const init = { method: 'POST', headers: [...formHeaders, ...sameOriginHeaders] }
    expect((await client.send('/login', { ...init, body: 'user=mallory' })).status).toBe(403)
  },

  'refuses the token of another session': async ({ client, otherClient }) => {
    await signIn(client, 'ada')
    await signIn(otherClient, 'ada')
    const otherToken = await otherClient.csrfToken()
    expect((await postForm(client, `csrf_token=${otherToken}`)).status).toBe(403)
  },

  'refuses a form with two tokens, unless a token in the header decides': async ({ client }) => {
    const token = await client.csrfToken()
    const duplicated = `csrf_token=${token}&csrf_token=${token}`
    expect((await postForm(client, duplicated)).status).toBe(400)
    for (const [header, status] of [
      [token, 200],
      ['x', 403],
      ['', 403],
    ] as const) {
      const headers = [...formHeaders, ['X-CSRF-Token', header]] as const
      for (const body of [duplicated, `csrf_token=${token}`, 'csrf_token=x']) {
        expect([header, (await postForm(client, body, headers)).status]).toEqual([header, status])
      }
    }
    const twoHeaders = [...formHeaders, ['X-CSRF-Token', token], ['X-CSRF-Token', token]] as const
    expect((await postForm(client, `csrf_token=${token}`, twoHeaders)).status).toBe(403)
  },

  'refuses a token with a missing or forged pre-session cookie': async ({ client }) => {
    const token = await client.csrfToken()
    const cookie = client.cookies.get('__Host-pre') ?? ''
    client.cookies.clear()
    const [seed = '', signature = ''] = cookie.split('.')
    const flipped = signature.replace(/^./, (first) => (first === 'A' ? 'B' : 'A'))
    for (const forged of ['', seed, `${seed}.`, `${seed}.${flipped}`]) {
      client.cookies.set('__Host-pre', forged)
      expect((await postForm(client, `csrf_token=${token}`)).status).toBe(403)
    }
    client.cookies.set('__Host-pre', cookie)
    expect((await postForm(client, `csrf_token=${token}`)).status).toBe(200)
  },

  'masks each token differently, and accepts all of them': async ({ client }) => {
    const tokens = [await client.csrfToken(), await client.csrfToken()]
    expect(new Set(tokens).size).toBe(2)
    for (const token of tokens) {
      expect((await postForm(client, `csrf_token=${token}`)).status).toBe(200)
    }
  },

  'leaves the body to the route, urlencoded or multipart': async ({ client }) => {
    const token = await client.csrfToken()
    const form = `note=%C3%BC&csrf_token=${token}`
    expect((await postForm(client, form)).body).toBe(form)
    const boundary = '------ScenarioFormBoundary7MA4YWxkTrZu0gW'
    const disposition = 'Content-Disposition: form-data; name="csrf_token"'
    const part = [boundary, disposition, '', token, `${boundary}--`, ''].join('\r\n')
    const multipart = [
      ['Content-Type', 'multipart/form-data; boundary=----ScenarioFormBoundary7MA4YWxkTrZu0gW'],
    ] as const
    expect((await postForm(client, part, multipart)).body).toBe(part)
  },

  'refuses unreadable forms and forms over 64 KiB': async ({ client }) => {
    const multipart = [['Content-Type', 'multipart/form-data']] as const
    expect((await postForm(client, 'csrf_token=x', multipart)).status).toBe(400)
    const token = `csrf_token=${await client.csrfToken()}&pad=`
    const fits = token + 'x'.repeat(64 * 1024 - token.length)
    expect((await postForm(client, fits)).status).toBe(200)
    expect((await postForm(client, `${fits}x`)).status).toBe(413)
    const chunked = [...formHeaders, ['Transfer-Encoding', 'chunked']] as const
    expect((await postForm(client, `${fits}x`, chunked)).status).toBe(413)
    expect((await postForm(client, fits.repeat(12), chunked)).status).toBe(413)
  },

  'requires the token header on the API, and then accepts every body and none': async ({
    client,
    otherClient,
  }) => {
    await signIn(client)
    const token = await client.csrfToken()
    const otherToken = await otherClient.csrfToken()
    const types: readonly RawHeaders[] = [
      [],
      ...bodyTypes.map((type) => [['Content-Type', type] as const]),
    ]
    for (const type of types) {
      for (const method of ['POST', 'DELETE']) {
        for (const body of ['', `csrf_token=${token}`]) {
          const statusOf = async (header: RawHeaders) => {
            const headers = [...sameOriginHeaders, ...type, ...header]
            return (await client.send('/api/me', { method, headers, body })).status
          }
          expect([type, await statusOf([['X-CSRF-Token', token]])]).toEqual([type, 200])
          expect([type, await statusOf([])]).toEqual([type, 403])
          expect([type, await statusOf([['X-CSRF-Token', otherToken]])]).toEqual([type, 403])
        }
      }
    }
  },

  'never accepts the pre-session cookie as a session cookie': async ({
    client,
    otherClient,
    probe,
  }) => {
    await client.csrfToken()
    otherClient.cookies.set('__Host-session', client.cookies.get('__Host-pre') ?? '')
    expect((await otherClient.send('/api/session')).status).toBe(401)
    expect(probe.storeCalls).toEqual([])
  },
})
