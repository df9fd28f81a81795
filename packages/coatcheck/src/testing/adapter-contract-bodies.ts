import { Agent } from 'node:http'
import { expect } from 'vitest'
import { adapterCases } from './adapter-contract-case.ts'
import {
  asForm,
  fromOurPage,
  type RawHeaders,
  type ScenarioClient,
  type ScenarioSending,
} from './adapter-contract-client.ts'

const chunked: RawHeaders = [['Transfer-Encoding', 'chunked']]

/** Posts with a good token in a header, so that the body is free. */
async function post(
  browser: ScenarioClient,
  path: string,
  { headers = [], ...sending }: ScenarioSending,
) {
  const token = ['X-CSRF-Token', await browser.csrfToken()] as const
  return browser.send(path, {
    method: 'POST',
    ...sending,
    headers: [...asForm, ...fromOurPage, token, ...headers],
  })
}

export const adapterBodyCases = adapterCases('bodies of forms', {
  'reach the route whole, in one piece or many, with a length or in chunks': async ({
    browser,
  }) => {
    const pieces = ['a=', '%C3%BC&b=', 'x'.repeat(20_000), '', 'y'.repeat(40_000), '&c']
    for (const headers of [[], chunked]) {
      for (const body of [pieces, pieces.join(''), 'a=1']) {
        const response = await post(browser, '/echo', { headers, body })
        expect([response.status, response.body]).toEqual([200, [body].flat().join('')])
      }
    }
  },

  'reach the route also when they are empty': async ({ browser }) => {
    for (const headers of [[], chunked]) {
      const response = await post(browser, '/echo', { headers, body: '' })
      expect([response.status, response.body]).toEqual([200, ''])
    }
  },

  'have no fields when they are empty, and are no forms when they are of another type': async ({
    browser,
  }) => {
    for (const headers of [[], chunked]) {
      expect((await post(browser, '/fields', { headers, body: '' })).body).toBe('[]')
      expect((await post(browser, '/fields', { headers, body: 'a=1' })).body).toBe('[["a","1"]]')
    }
    const token = ['X-CSRF-Token', await browser.csrfToken()] as const
    const headers = [...fromOurPage, token]
    const untyped = await browser.send('/fields', { method: 'POST', headers })
    expect(untyped.body).toBe('no form')
  },

  'are not looked at when they are of another type': async ({ browser }) => {
    const body = 'x'.repeat(100_000)
    const token = ['X-CSRF-Token', await browser.csrfToken()] as const
    const headers = [...fromOurPage, token, ['Content-Type', 'text/plain']] as const
    const response = await browser.send('/echo', { method: 'POST', headers, body })
    expect([response.status, response.body]).toEqual([200, body])
  },

  'may be left unread by the route, and by a guard that refuses': async ({ browser }) => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 })
    const large = 'x'.repeat(300_000)
    for (const [headers, body, status] of [
      [[], 'a=1', 200],
      [chunked, ['a=', '1'], 200],
      [[], large, 413],
      [chunked, large, 413],
    ] as const) {
      expect((await post(browser, '/unread', { headers, body, agent })).status).toBe(status)
    }
    // On a connection that hangs, this would not be answered; on one that was
    // given up, it is a new one.
    expect((await browser.send('/untouched', { agent })).status).toBe(200)
    agent.destroy()
  },

  'that break off are answered to nobody, and harm nobody': async ({ browser }) => {
    const sending = { method: 'POST', headers: [...asForm, ...fromOurPage] }
    for (const body of ['', 'csrf_token=', ['a=1&', 'b='.repeat(10_000)]]) {
      await browser.breakOff('/echo', { ...sending, body })
    }
    expect((await browser.send('/untouched')).body).toBe('untouched')
  },
})
