import { describe, expect, it } from 'vitest'
import { openNextExchange, setUp, signedIn } from '../../test/support/open-web-sessions.ts'

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
