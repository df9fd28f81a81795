import { describe, expect, it } from 'vitest'
import type { CheckCodeRequest } from '../src/application/second-factors/check-factor.ts'
import { parseRecoveryCode } from '../src/domain/recovery-code.ts'
import { aBrowser, aSignedInBrowser, type SignedInBrowser, textOf } from './support/browser.ts'
import { clearRates, emailsTo } from './support/emails.ts'
import type { Account, TestApp } from './support/open-app.ts'
import { anAccountWithAuthenticator, sendCode } from './support/second-factors.ts'
import type { TestResponse } from './support/send.ts'
import { databases } from './support/storage.ts'
import { useApp } from './support/use-app.ts'

const path = '/settings/recovery-codes'
const secondStep = '/login/second-factor'
const minute = 60_000

describe.each(databases)('recovery codes on %s (V6.5.2, 63B 4.2.1.1)', (kind) => {
  const app = useApp(kind)

  /** A user who has signed in with a second factor. */
  async function aUser(): Promise<SignedInBrowser> {
    await clearRates(app())
    const { account, authenticator } = await anAccountWithAuthenticator(app())
    const browser = aBrowser(app())
    await browser.signIn(account)
    expect((await sendCode(browser, authenticator)).status).toBe(303)
    return Object.assign(browser, { account })
  }

  async function createCodes(browser: SignedInBrowser): Promise<readonly string[]> {
    const answer = await browser.submit(path)
    expect(answer.status).toBe(200)
    return codesIn(answer)
  }

  it('shows ten codes of at least 128 bits once, after their creation', async () => {
    const browser = await aUser()
    const token = browser.sessionCookie()
    const answer = await browser.submit(path)
    expect(browser.sessionCookie()).not.toBe(token)
    const codes = codesIn(answer)
    expect(new Set(codes).size).toBe(10)
    for (const code of codes)
      expect(code).toMatch(/^([0-9a-hjkmnp-tv-z]{4}-){6}[0-9a-hjkmnp-tv-z]{4}$/)
    expect(answer.headers['cache-control']).toContain('no-store')
    const later = await browser.open(path)
    expect(codesIn(later)).toEqual([])
    expect(textOf(later)).toContain('10 of 10 codes left')
    for (const code of codes) expect(later.body).not.toContain(code)
  })

  it('stores and logs none of the codes, in no form', async () => {
    const browser = await aUser()
    const codes = await createCodes(browser)
    await check(app(), browser.account, codes[0])
    await app().flushSecurityEvents()
    const emails = JSON.stringify(await app().sendRequestedEmails())
    const texts = [await app().storage.dump(), JSON.stringify(app().log()), emails]
    for (const code of codes) {
      const raw = parseRecoveryCode(code) ?? ''
      for (const form of [code, raw, Buffer.from(raw).toString('hex')]) {
        for (const text of texts) expect(text.toLowerCase().includes(form)).toBe(false)
      }
    }
  })

  it('are accepted once, for their user only, with the method of a one-time code', async () => {
    const browser = await aUser()
    const other = await aUser()
    const [code = ''] = await createCodes(browser)
    await createCodes(other)
    expect(await check(app(), other.account, code)).toEqual({ status: 'wrong' })
    expect(await check(app(), browser.account, code.toUpperCase().replaceAll('-', ' '))).toEqual({
      status: 'correct',
      methods: ['otp'],
      unusedCodes: 9,
    })
    expect(await check(app(), browser.account, code)).toEqual({ status: 'wrong' })
    expect(textOf(await browser.open(path))).toContain('9 of 10 codes left')
  })

  it('complete a sign-in once, and the next page says how many are left', async () => {
    const { account, ...browser } = await aUser()
    const codes = await createCodes({ account, ...browser })
    const signInWith = async (code = '') => {
      app().clock.advance(1)
      const visitor = aBrowser(app())
      await visitor.signIn(account)
      const { status } = await visitor.submit(secondStep, { method: 'recovery-code', code })
      return { status, visitor }
    }
    const { status, visitor } = await signInWith(codes[0])
    expect(status).toBe(303)
    expect(textOf(await visitor.open('/dashboard'))).toContain('You have 9 recovery codes left.')
    expect((await signInWith(codes[0])).status).toBe(401)
    expect((await signInWith(codes[1]?.replaceAll('-', '').toUpperCase())).status).toBe(303)
  })

  it('accept one of 50 parallel uses', async () => {
    const browser = await aUser()
    const [code] = await createCodes(browser)
    const checks = await Promise.all(
      Array.from({ length: 50 }, () => check(app(), browser.account, code)),
    )
    expect(checks.filter(({ status }) => status === 'correct')).toHaveLength(1)
    const emails = await emailsTo(app(), browser.account.email)
    const uses = emails.filter(({ composed }) => composed.subject.startsWith('A recovery code was'))
    expect(uses).toHaveLength(1)
  })

  it('stop working when new ones are created, which work immediately', async () => {
    const browser = await aUser()
    const [old] = await createCodes(browser)
    const [fresh] = await createCodes(browser)
    expect(await check(app(), browser.account, old)).toEqual({ status: 'wrong' })
    expect(await check(app(), browser.account, fresh)).toMatchObject({ status: 'correct' })
  })

  it('notify the user of each use, with the client and the number that is left', async () => {
    const browser = await aUser()
    const codes = await createCodes(browser)
    for (const code of codes) await check(app(), browser.account, code)
    const emails = await emailsTo(app(), browser.account.email, 'factor-changed')
    const uses = emails.filter(
      ({ email }) => email.kind === 'factor-changed' && email.change === 'recovery-code-used',
    )
    expect(uses).toHaveLength(10)
    expect(uses[0]?.composed.text).toContain('9 recovery codes are left.')
    expect(uses[0]?.composed.text).toContain('203.0.113.5')
    expect(uses[9]?.composed.text).toContain('No recovery codes are left. Create new ones')
    expect(textOf(await browser.open(path))).toContain('You have no codes left.')
    const log = JSON.parse((await browser.open('/settings/security-log?format=json')).body)
    const events: readonly { event: string }[] = log.events
    const count = (kind: string) => events.filter(({ event }) => event === kind).length
    expect([count('recovery-code-used'), count('recovery-codes-created')]).toEqual([10, 1])
  })

  it('are created only by a user with a second factor', async () => {
    await clearRates(app())
    const browser = await aSignedInBrowser(app())
    const shown = await browser.open(path)
    expect(textOf(shown)).toContain('Add a second factor first')
    expect(shown.body).not.toContain(`action="${path}"`)
    const answer = await browser.submit(path, {}, { on: '/settings/sessions' })
    expect([answer.status, codesIn(answer)]).toEqual([409, []])
    const rows = await app().storage.query(
      `SELECT * FROM recovery_codes WHERE user_id = '${browser.account.id}'`,
    )
    expect(rows).toEqual([])
  })

  it('are created only after a recent authentication, and ten times an hour', async () => {
    const browser = await aUser()
    for (let n = 0; n < 10; n += 1) await createCodes(browser)
    const throttled = await browser.submit(path)
    expect([throttled.status, codesIn(throttled)]).toEqual([429, []])
    await clearRates(app())
    app().clock.advance(15 * minute)
    const stale = await browser.submit(path)
    expect([stale.status, stale.location]).toEqual([
      303,
      expect.stringContaining('/reauthenticate'),
    ])
  })

  it('ask whether they were saved, until the user confirms it for these codes', async () => {
    const browser = await aUser()
    const first = await browser.submit(path)
    const [, created_at = ''] = /name="created_at" value="([^"]+)"/.exec(first.body) ?? []
    app().clock.advance(minute)
    const isAsked = async () =>
      textOf(await browser.open(path)).includes('Did you save your codes?')
    await browser.submit(`${path}/saved`, { created_at: 'no instant' }, { on: path })
    expect(await isAsked()).toBe(true)
    // The user lost the response: the session can still create new ones.
    await createCodes(browser)
    await browser.submit(`${path}/saved`, { created_at }, { on: path })
    expect(await isAsked()).toBe(true)
    const shown = await browser.open(path)
    const [, current = ''] = /name="created_at" value="([^"]+)"/.exec(shown.body) ?? []
    const answer = await browser.submit(`${path}/saved`, { created_at: current }, { on: path })
    expect([answer.status, answer.location]).toEqual([303, path])
    expect(await isAsked()).toBe(false)
  })
})

function codesIn({ body }: TestResponse): readonly string[] {
  return [...body.matchAll(/<code>([0-9a-z]{4}(?:-[0-9a-z]{4}){6})<\/code>/g)].map(
    ([, code = '']) => code,
  )
}

function check(app: TestApp, account: Account, code = '') {
  const client = { ipAddress: '203.0.113.5', userAgent: 'Firefox' }
  const request: CheckCodeRequest = {
    user: { ...account, secondFactors: 1 },
    code,
    client,
    sessionId: null,
  }
  return app.features.recoveryCodes.checkCode(request)
}
