import { expect } from 'vitest'
import { adapterCases } from './adapter-contract-case.ts'
import {
  asForm,
  fromOurPage,
  type RawHeaders,
  type ScenarioClient,
} from './adapter-contract-client.ts'
import { signIn } from './adapter-contract-sessions.ts'

const own = 'https://coatcheck.example'
const evil = 'https://evil.example'

/** Sec-Fetch-Site, Origin and Referer as a request has them, and whether it may pass. */
const origins: readonly (readonly [
  site: string | null,
  origin: string | null,
  referer: string | null,
  passes: boolean,
])[] = [
  ['same-origin', own, null, true],
  ['same-origin', null, null, true],
  ['same-origin', 'null', null, false],
  ['same-origin', evil, null, false],
  ['same-site', own, null, false],
  ['same-site', 'https://blog.coatcheck.example', null, false],
  ['cross-site', evil, null, false],
  ['cross-site', own, null, false],
  ['none', own, null, true],
  ['none', null, null, false],
  ['surprise', own, null, true],
  ['surprise', null, `${own}/form`, true],
  [null, own, null, true],
  [null, 'null', null, false],
  [null, 'null', `${own}/form`, false],
  [null, evil, `${own}/form`, false],
  [null, 'http://coatcheck.example', null, false],
  [null, `${own}:8443`, null, false],
  [null, `${own}.evil.example`, null, false],
  [null, null, `${own}/form`, true],
  [null, null, `${evil}/?${own}`, false],
  [null, null, 'https://coatcheck.example@evil.example/', false],
  [null, null, null, false],
]

/** Posts with a good token, so that only the first layer can refuse. */
async function postAs(browser: ScenarioClient, headers: RawHeaders, method = 'POST') {
  const token = ['X-CSRF-Token', await browser.csrfToken()] as const
  return browser.send(method === 'DELETE' ? '/api/me' : '/echo', {
    method,
    headers: [...headers, token, ['Content-Type', 'application/json']],
    body: '{}',
  })
}

function postForm(browser: ScenarioClient, body: string, headers: RawHeaders = asForm) {
  return browser.send('/echo', { method: 'POST', headers: [...headers, ...fromOurPage], body })
}

export const adapterCsrfCases = adapterCases('cross-site request forgery', {
  'passes and refuses by Sec-Fetch-Site, Origin and Referer': async ({ browser }) => {
    await signIn(browser)
    for (const [site, origin, referer, passes] of origins) {
      const named = { 'Sec-Fetch-Site': site, Origin: origin, Referer: referer }
      const headers = Object.entries(named).flatMap(([name, value]) =>
        value === null ? [] : [[name, value] as const],
      )
      for (const method of ['POST', 'DELETE']) {
        const { status } = await postAs(browser, headers, method)
        expect([method, named, status]).toEqual([method, named, passes ? 200 : 403])
      }
    }
  },

  'compares with the configured origin and not with Host': async ({ browser }) => {
    const headers = [
      ['Host', 'evil.example'],
      ['Origin', evil],
    ] as const
    expect((await postAs(browser, headers)).status).toBe(403)
    const forwarded = [
      ['X-Forwarded-Host', 'evil.example'],
      ['Origin', evil],
    ] as const
    expect((await postAs(browser, forwarded)).status).toBe(403)
  },

  'looks at no method override': async ({ browser }) => {
    const headers = [
      ['X-HTTP-Method-Override', 'GET'],
      ['Origin', evil],
    ] as const
    expect((await postAs(browser, headers)).status).toBe(403)
  },

  'sets no cookie on a cross-site sign-in, and tells of it without asking the store': async ({
    browser,
    watch,
  }) => {
    const response = await browser.send('/sign-in', {
      method: 'POST',
      headers: [...asForm, ['Sec-Fetch-Site', 'cross-site'], ['Origin', evil]],
      body: 'user=mallory',
    })
    expect([response.status, response.setCookies]).toEqual([403, []])
    expect(watch.storeCalls).toEqual([])
    expect(watch.events).toMatchObject([
      { type: 'csrf-refused', reason: 'cross-site', method: 'POST', path: '/sign-in' },
    ])
  },

  'refuses a form whose token is absent, empty, an array, or of another visitor': async ({
    browser,
    stranger,
    watch,
  }) => {
    await browser.csrfToken()
    const foreign = await stranger.csrfToken()
    const bodies = ['a=1', 'csrf_token=', `csrf_token[]=${await browser.csrfToken()}`]
    for (const body of [...bodies, `csrf_token=${foreign}`, 'csrf_token=x']) {
      expect([body, (await postForm(browser, body)).status]).toEqual([body, 403])
    }
    const reasons = watch.events.map((event) => 'reason' in event && event.reason)
    expect(reasons).toEqual([
      'token-missing',
      'token-missing',
      'token-missing',
      'token-mismatch',
      'token-mismatch',
    ])
  },

  'refuses the token of another session': async ({ browser, stranger }) => {
    await signIn(browser, 'ada')
    await signIn(stranger, 'ada')
    const foreign = await stranger.csrfToken()
    expect((await postForm(browser, `csrf_token=${foreign}`)).status).toBe(403)
  },

  'refuses a token that is given twice': async ({ browser }) => {
    const token = await browser.csrfToken()
    const twice = `csrf_token=${token}&csrf_token=${token}`
    expect((await postForm(browser, twice)).status).toBe(400)
    const both = [...asForm, ['X-CSRF-Token', token]] as const
    expect((await postForm(browser, `csrf_token=${token}`, both)).status).toBe(400)
  },

  'refuses every token without the pre-session cookie, and a forged one': async ({ browser }) => {
    const token = await browser.csrfToken()
    const cookie = browser.cookies.get('__Host-pre') ?? ''
    const [seed = '', signature = ''] = cookie.split('.')
    const flipped = signature.replace(/^./, (first) => (first === 'A' ? 'B' : 'A'))
    for (const forged of ['', seed, `${seed}.`, `${seed}.${flipped}`]) {
      browser.cookies.set('__Host-pre', forged)
      expect((await postForm(browser, `csrf_token=${token}`)).status).toBe(403)
    }
    browser.cookies.set('__Host-pre', cookie)
    expect((await postForm(browser, `csrf_token=${token}`)).status).toBe(200)
  },

  'masks tokens anew, and takes each of them': async ({ browser }) => {
    const tokens = [await browser.csrfToken(), await browser.csrfToken()]
    expect(new Set(tokens).size).toBe(2)
    for (const token of tokens) {
      expect((await postForm(browser, `csrf_token=${token}`)).status).toBe(200)
    }
  },

  'leaves the body to the route, urlencoded and multipart': async ({ browser }) => {
    const token = await browser.csrfToken()
    const form = `note=%C3%BC&csrf_token=${token}`
    expect((await postForm(browser, form)).body).toBe(form)
    const boundary = '------ScenarioFormBoundary7MA4YWxkTrZu0gW'
    const disposition = 'Content-Disposition: form-data; name="csrf_token"'
    const part = [boundary, disposition, '', token, `${boundary}--`, ''].join('\r\n')
    const multipart = [
      ['Content-Type', 'multipart/form-data; boundary=----ScenarioFormBoundary7MA4YWxkTrZu0gW'],
    ] as const
    expect((await postForm(browser, part, multipart)).body).toBe(part)
  },

  'refuses forms that cannot be read, and those over 64 KiB': async ({ browser }) => {
    const multipart = [['Content-Type', 'multipart/form-data']] as const
    expect((await postForm(browser, 'csrf_token=x', multipart)).status).toBe(400)
    const token = `csrf_token=${await browser.csrfToken()}&pad=`
    const fits = token + 'x'.repeat(64 * 1024 - token.length)
    expect((await postForm(browser, fits)).status).toBe(200)
    expect((await postForm(browser, `${fits}x`)).status).toBe(413)
    const chunked = [...asForm, ['Transfer-Encoding', 'chunked']] as const
    expect((await postForm(browser, `${fits}x`, chunked)).status).toBe(413)
    expect((await postForm(browser, fits.repeat(12), chunked)).status).toBe(413)
  },

  'asks the API for JSON first, then for the header': async ({ browser }) => {
    await signIn(browser)
    const token = ['X-CSRF-Token', await browser.csrfToken()] as const
    const send = (headers: RawHeaders, method = 'POST') =>
      browser.send('/api/me', { method, headers: [...fromOurPage, ...headers] })
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'application/jsonx']) {
      expect((await send([token, ['Content-Type', type]])).status).toBe(415)
    }
    expect((await send([token])).status).toBe(415)
    expect((await send([token], 'DELETE')).status).toBe(415)
    const json = ['Content-Type', 'Application/JSON; charset=utf-8'] as const
    expect((await send([json])).status).toBe(403)
    expect((await send([json, token])).status).toBe(200)
    expect((await send([json, token], 'DELETE')).status).toBe(200)
  },

  'never signs in with the pre-session cookie': async ({ browser, stranger, watch }) => {
    await browser.csrfToken()
    stranger.cookies.set('__Host-session', browser.cookies.get('__Host-pre') ?? '')
    expect((await stranger.send('/api/session')).status).toBe(401)
    expect(watch.storeCalls).toEqual([])
  },
})
