import { describe, expect, it } from 'vitest'
import { openNextExchange, setUp, signedIn } from '../../../test/support/open-web-sessions.ts'

const ownOrigin = 'https://mjr.example'

describe('isSameOrigin', () => {
  it('checks the origin headers without reading the session', async () => {
    const { web, sessions } = setUp()
    const signed = await signedIn(web)
    await sessions.close()
    const isSameOrigin = (headers: Record<string, string>) =>
      web.isSameOrigin(
        openNextExchange(web, signed, [`${ownOrigin}/form`, { method: 'POST', headers }]),
      )

    expect(isSameOrigin({ Origin: ownOrigin, 'Sec-Fetch-Site': 'same-origin' })).toBe(true)
    expect(isSameOrigin({ 'Sec-Fetch-Site': 'same-origin' })).toBe(true)
    expect(isSameOrigin({ Origin: ownOrigin })).toBe(true)
    expect(isSameOrigin({ Referer: `${ownOrigin}/form` })).toBe(true)
    for (const headers of [
      { Origin: ownOrigin, 'Sec-Fetch-Site': 'cross-site' },
      { Origin: ownOrigin, 'Sec-Fetch-Site': 'same-site' },
      { Origin: 'https://evil.example', 'Sec-Fetch-Site': 'same-origin' },
      { Origin: 'null' },
      { Referer: 'https://evil.example/form' },
      {},
    ]) {
      expect([headers, isSameOrigin(headers)]).toEqual([headers, false])
    }
  })
})

describe('a sign-in form of a user who has signed in meanwhile', () => {
  it('is not read if its token is in the header', async () => {
    const { web } = setUp()
    const signed = await signedIn(web)
    const request = {
      method: 'POST',
      headers: { Origin: ownOrigin, 'X-CSRF-Token': 'of the pre-session' },
      body: new URLSearchParams({ next: '/of-the-body' }),
    }
    const exchange = openNextExchange(web, signed, [`${ownOrigin}/login?next=/of-the-url`, request])
    // As if other code had read the body.
    if (exchange.request instanceof Request) await exchange.request.text()
    const response = await web.csrfGuard(exchange)
    expect(response?.status).toBe(303)
    expect(response?.headers.get('Location')).toBe('/of-the-url')
  })
})
