import { createHonoSessions } from 'coatcheck/hono'
import { describe, expect, it } from 'vitest'
import { setCookies, setUp } from '../../../test/support/open-web-sessions.ts'
import type { AuthenticationMethod } from '../../domain/authentication.ts'
import type { AssuranceOptions } from '../web-sessions.ts'

const development = 'http://localhost:3000'

/** Signs in and opens the exchange of the next request. */
async function signedInWith(methods: readonly AuthenticationMethod[], path: string) {
  const { web } = setUp({ baseUrl: development })
  const signIn = web.open(new Request(development), '203.0.113.7')
  await signIn.signIn({ userId: 'ada', methods })
  const cookie = setCookies(signIn)[0]?.split(';')[0] ?? ''
  const request = new Request(`${development}${path}`, { headers: { Cookie: cookie } })
  return { web, exchange: web.open(request, '203.0.113.7') }
}

describe('requireAssurance', () => {
  it.each<[unknown]>([
    [{}],
    [{ level: 0 }],
    [{ level: 1 }],
    [{ level: 4 }],
    [{ level: '2' }],
    [{ level: null }],
    [{ level: 2, within: 0 }],
    [{ level: 2, within: null }],
    [{ level: 2, within: '59s' }],
    [{ level: 2, within: '25h' }],
    [{ level: 2, within: '15 parsecs' }],
    [{ level: 2, within: Number.NaN }],
    [{ level: 2, whithin: '15m' }],
    [undefined],
    [2],
  ])('rejects the options %j of a request, and of Hono when the app starts', async (invalid) => {
    const { web, exchange } = await signedInWith(['hwk', 'pin'], '/a')
    const options: AssuranceOptions = Object({ invalid }).invalid
    const rejected = { code: 'invalid-argument' }
    await expect(web.requireAssurance(exchange, options)).rejects.toMatchObject(rejected)
    const hono = createHonoSessions(web)
    expect(() => hono.requireAssurance(options)).toThrow(expect.objectContaining(rejected))
  })

  it('passes only the level that is required or a higher one', async () => {
    const levels = [2, 3] as const
    const passed = async (methods: readonly AuthenticationMethod[]) => {
      const { web, exchange } = await signedInWith(methods, '/a')
      const results = levels.map((level) => web.requireAssurance(exchange, { level }))
      return (await Promise.all(results)).map((result) => !(result instanceof Response))
    }
    expect(await passed([])).toEqual([false, false])
    expect(await passed(['pwd', 'rba'])).toEqual([false, false])
    expect(await passed(['swk', 'user', 'mfa'])).toEqual([true, false])
    expect(await passed(['hwk', 'pin'])).toEqual([true, true])
  })

  it('does not pass a session whose level is unknown', async () => {
    const { web, exchange } = await signedInWith(['pwd', 'otp'], '/api/a')
    const verification = exchange.verification
    Object.assign(exchange, {
      async verification() {
        const verified = await verification()
        if (verified.status !== 'active') return verified
        const { assuranceLevel: _, ...session } = verified.session
        return { ...verified, session }
      },
    })
    expect(await web.requireAssurance(exchange, { level: 2 })).toMatchObject({ status: 403 })
  })

  it('says in development which methods the session has and which level is required', async () => {
    const { web, exchange } = await signedInWith(['pwd', 'rba'], '/api/a')
    const guarded = await web.requireAssurance(exchange, { level: 2 })
    const text = guarded instanceof Response ? await guarded.text() : ''
    expect(text).toMatch(/step_up_required.*assurance-too-low.*level 2.*pwd, rba.*stepUp/)
  })

  it('responds 403 to the page of reauthentication, which would redirect to itself', async () => {
    const { web, exchange } = await signedInWith(['pwd'], '/reauthenticate?level=2')
    expect(await web.requireAssurance(exchange, { level: 2 })).toMatchObject({ status: 403 })
  })
})
