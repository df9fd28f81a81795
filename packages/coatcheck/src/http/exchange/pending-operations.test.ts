import { describe, expect, it } from 'vitest'
import { setCookies, setUp } from '../../../test/support/open-web-sessions.ts'

const baseUrl = 'https://mjr.example'

/** Passes the first step, and opens the exchanges of later requests of the same browser. */
async function begun() {
  const { web, sessions } = setUp()
  const first = web.open(new Request(baseUrl), null)
  const signIn = { userId: 'ada', methods: ['pwd'], credentialsCheckedAt: Date.now() } as const
  await first.beginSignIn(signIn)
  const cookie = setCookies(first)[0]?.split(';')[0] ?? ''
  const open = () => web.open(new Request(baseUrl, { headers: { Cookie: cookie } }), null)
  return { open, first, signIn, sessions }
}

const methods = ['otp'] as const
const noAttempt = { code: 'invalid-argument', message: expect.stringContaining('attemptSignIn') }

describe('completeSignIn', () => {
  it('rejects without an attempt in the same request, also after one in an earlier request', async () => {
    const { open } = await begun()
    await expect(open().completeSignIn({ methods })).rejects.toMatchObject(noAttempt)
    await open().attemptSignIn()
    await expect(open().completeSignIn({ methods })).rejects.toMatchObject(noAttempt)

    const exchange = open()
    await exchange.attemptSignIn()
    expect(await exchange.completeSignIn({ methods })).toMatchObject({ status: 'signed-in' })
  })

  it('does not complete a sign-in that was begun after the attempt', async () => {
    const { open, signIn } = await begun()
    const exchange = open()
    await exchange.attemptSignIn()
    await exchange.beginSignIn(signIn)
    await expect(exchange.completeSignIn({ methods })).rejects.toMatchObject(noAttempt)
  })

  it('returns the reason for which the attempt was not allowed', async () => {
    const { open } = await begun()
    for (let count = 1; count <= 5; count += 1) await open().attemptSignIn()
    const exchange = open()
    await exchange.attemptSignIn()
    const refused = { status: 'none', reason: 'too-many-attempts' }
    expect(await exchange.completeSignIn({ methods })).toEqual(refused)
  })
})
