import { describe, expect, it } from 'vitest'
import { follow, setUp, signedIn } from '../../test/support/open-web-sessions.ts'

const own = 'https://mjr.example'

describe('isFromOwnPage', () => {
  it('says by the headers alone what the CSRF guard would, and asks nobody for the session', async () => {
    const { web, sessions } = setUp()
    const signed = await signedIn(web)
    await sessions.close()
    const from = (headers: Record<string, string>) =>
      web.isFromOwnPage(follow(web, signed, [`${own}/form`, { method: 'POST', headers }]))

    expect(from({ Origin: own, 'Sec-Fetch-Site': 'same-origin' })).toBe(true)
    expect(from({ 'Sec-Fetch-Site': 'same-origin' })).toBe(true)
    expect(from({ Origin: own })).toBe(true)
    expect(from({ Referer: `${own}/form` })).toBe(true)
    for (const headers of [
      { Origin: own, 'Sec-Fetch-Site': 'cross-site' },
      { Origin: own, 'Sec-Fetch-Site': 'same-site' },
      { Origin: 'https://evil.example', 'Sec-Fetch-Site': 'same-origin' },
      { Origin: 'null' },
      { Referer: 'https://evil.example/form' },
      {},
    ]) {
      expect([headers, from(headers)]).toEqual([headers, false])
    }
  })
})
