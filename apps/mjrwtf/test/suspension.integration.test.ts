import { describe, expect, it } from 'vitest'
import { minute, second } from '../src/domain/time.ts'
import { aBrowser, aSignedInBrowser, textOf } from './support/browser.ts'
import { linkFor, openedLink, requestPasswordReset } from './support/emails.ts'
import { aClient, aCode, actAs, aRequest, sendForm, tokensIn } from './support/oauth.ts'
import type { Account, TestApp } from './support/open-app.ts'
import { addPasskey, signInWithPasskey } from './support/passkeys.ts'
import { aToken } from './support/personal-tokens.ts'
import {
  anAccountWithAuthenticator,
  aTrustedBrowser,
  enrollAuthenticator,
  sendCode,
} from './support/second-factors.ts'
import { databases } from './support/storage.ts'
import { useApp } from './support/use-app.ts'
import { anUserCodeEntry } from './support/user-codes.ts'

const suspendedText = 'This account is suspended.'
const newPassword = 'violet harbour tram 1234'

const suspend = (app: TestApp, { email }: Pick<Account, 'email'>) =>
  app.features.shellOperator.suspendUser({ email }, 'compromised')
const restore = (app: TestApp, { email }: Pick<Account, 'email'>) =>
  app.features.shellOperator.restoreUser({ email })

/** After a suspension and its end, with a clock that has moved on. */
async function suspendAndRestore(app: TestApp, account: Account): Promise<void> {
  expect(await suspend(app, account)).toMatchObject({ status: 'suspended' })
  app.clock.advance(second)
  expect(await restore(app, account)).toMatchObject({ status: 'restored' })
  app.clock.advance(second)
}

/** What is stored that a client could present. */
async function credentialsOf(app: TestApp, { id }: Account): Promise<readonly object[]> {
  const tables = ['personal_access_tokens', 'email_tokens', 'email_changes', 'trusted_browsers']
  const rows = tables.map((table) =>
    app.storage.query(`SELECT user_id FROM ${table} WHERE user_id = '${id}'`),
  )
  const active = app.storage.query(
    `SELECT id FROM sessions WHERE user_id = '${id}' AND ended_at IS NULL`,
  )
  return (await Promise.all([...rows, active])).flat()
}

const sessionStatus = async (browser: { send: TestApp['send'] }) =>
  (await browser.send('/api/session')).status

/** A user who is not the operator. */
async function aUser(app: TestApp): Promise<Account> {
  await app.account()
  return app.account()
}

describe.each(databases)('suspended account on %s', (kind) => {
  const opened = useApp(kind)

  it('loses every session, also one that signs in again, and its pages say why', async () => {
    const app = opened()
    const browser = await aSignedInBrowser(app, await aUser(app))
    const other = await aSignedInBrowser(app, browser.account)
    expect(await suspend(app, browser.account)).toMatchObject({ endedSessions: 2 })
    expect(await sessionStatus(other)).toBe(401)
    expect((await browser.open('/dashboard')).status).toBe(303)
    const page = textOf(await browser.open('/login'))
    expect(page).toContain(suspendedText)
    expect(page).not.toContain('Please sign in again')
    const wrong = await aBrowser(app).signIn({ ...browser.account, password: 'wrong' })
    expect([wrong.status, textOf(wrong).includes(suspendedText)]).toEqual([401, false])
    const right = await browser.signIn(browser.account)
    expect([right.status, textOf(right).includes(suspendedText)]).toEqual([403, true])
    expect(browser.sessionCookie()).toBe('')
  })

  it('accepts no session whose end failed, and a second suspension ends it', async () => {
    const app = opened()
    const browser = await aSignedInBrowser(app, await aUser(app))
    const program = await aSignedInBrowser(app, browser.account)
    app.faults.fail('store.endByUser', () => new Error('planted'))
    await expect(suspend(app, browser.account)).rejects.toThrow()
    app.faults.restore()
    expect(await sessionStatus(program)).toBe(401)
    expect((await browser.open('/dashboard')).location).toBe('/login')
    expect(textOf(await browser.open('/login'))).toContain(suspendedText)
    expect(await suspend(app, browser.account)).toMatchObject({ status: 'already-suspended' })
    expect(await credentialsOf(app, browser.account)).toEqual([])
  })

  it('loses personal access tokens and tokens of apps, for good', async () => {
    const app = opened()
    const browser = await aSignedInBrowser(app, await aUser(app))
    const client = await aClient(app)
    const { connect, isActive, refresh, exchange } = actAs(app, client)
    const [tokens, token] = [await connect(browser), await aToken(app, browser.account)]
    const request = aRequest(client)
    const code = await aCode(app, browser, request)
    const isRefused = async () => {
      expect((await app.send('/api/urls', { headers: token.headers })).status).toBe(401)
      expect(await isActive(tokens)).toBe(false)
      expect((await refresh(tokens.refresh_token)).status).toBe(400)
      expect((await exchange(request, code)).status).toBe(400)
    }
    await suspend(app, browser.account)
    await isRefused()
    app.clock.advance(second)
    await restore(app, browser.account)
    await isRefused()
    expect(await credentialsOf(app, browser.account)).toEqual([])
  })

  it('issues nothing to a device that was allowed before, during or after the suspension', async () => {
    const app = opened()
    const browser = await aSignedInBrowser(app, await aUser(app))
    const client = await aClient(app, { allowsDeviceFlow: true })
    const requested = await sendForm(app, '/oauth/device_authorization', {
      parameters: { client_id: client.id },
    })
    const { device_code, user_code } = Object(requested.json())
    app.leakDetector.addSecret(device_code, 'code')
    app.leakDetector.addSecret(user_code, 'code')
    await anUserCodeEntry(browser, user_code).decide('allow')
    app.clock.advance(second)
    await suspendAndRestore(app, browser.account)
    const answer = await actAs(app, client).call('/oauth/token', {
      grant_type: 'urn:ietf:params:oauth:grant-type:device_code',
      device_code,
    })
    expect([answer.status, Object(answer.json()).error]).toEqual([400, 'access_denied'])
  })

  it('cannot use an email link from before, and receives none', async () => {
    const app = opened()
    const account = await aUser(app)
    await requestPasswordReset(app, account.email)
    const link = await linkFor(app, account.email, 'reset-password')
    const page = await openedLink(app, link)
    await suspend(app, account)
    const sent = (await app.sendRequestedEmails()).length
    const reset = await page.submit('/reset', { password: newPassword }, { on: '/forgot' })
    expect(reset.status).toBe(400)
    await requestPasswordReset(app, account.email)
    expect(await app.sendRequestedEmails()).toHaveLength(sent)
    app.clock.advance(second)
    await restore(app, account)
    app.clock.advance(second)
    expect((await aBrowser(app).open(link)).status).not.toBe(200)
    expect((await aBrowser(app).signIn(account)).status).toBe(303)
  })

  it('is refused by a passkey, the second step and a trusted browser', async () => {
    const app = opened()
    await app.account()
    const user = await anAccountWithAuthenticator(app)
    const trusted = await aTrustedBrowser(app, user)
    const inProgress = aBrowser(app)
    await inProgress.signIn(user.account)
    app.clock.advance(minute)
    await suspend(app, user.account)
    expect((await trusted.signIn(user.account)).status).toBe(403)
    const answer = await sendCode(inProgress, user.authenticator).catch(() => null)
    expect([answer?.location, inProgress.sessionCookie()]).not.toContain('/dashboard')
    app.clock.advance(minute)
    await restore(app, user.account)
    app.clock.advance(minute)
    expect((await trusted.signIn(user.account)).location).toBe('/login/second-factor')
  })

  it('says why to the holder of its passkey, and keeps the passkey', async () => {
    const app = opened()
    const browser = await aSignedInBrowser(app, await aUser(app))
    const passkey = await addPasskey(app, browser)
    await suspend(app, browser.account)
    const visitor = aBrowser(app)
    const refused = await signInWithPasskey(app, visitor, { passkey })
    expect([refused.status, textOf(refused).includes(suspendedText)]).toEqual([403, true])
    app.clock.advance(second)
    await restore(app, browser.account)
    app.clock.advance(second)
    expect((await signInWithPasskey(app, visitor, { passkey })).status).toBe(303)
  })

  it('is reported in its security log and by email, with the reason', async () => {
    const app = opened()
    const account = await aUser(app)
    await suspendAndRestore(app, account)
    const emails = app.emails().filter(({ to }) => to === account.email)
    expect(emails.map(({ email }) => email)).toMatchObject([
      { kind: 'operator-action', action: 'account-suspended', detail: 'compromised' },
      { kind: 'operator-action', action: 'account-restored' },
    ])
    const browser = await aSignedInBrowser(app, account)
    await app.flushSecurityEvents()
    const log = textOf(await browser.open('/settings/security-log'))
    expect(log).toContain('An administrator suspended your account')
    expect(log).toContain('An administrator restored your account')
  })

  it('keeps its links, which redirect', async () => {
    const app = opened()
    const browser = await aSignedInBrowser(app, await aUser(app))
    const fields = { original_url: 'https://dest.test/kept', short_code: `kept-${kind}` }
    expect((await browser.call('POST', '/api/urls', fields)).status).toBe(201)
    await suspend(app, browser.account)
    expect((await app.send(`/kept-${kind}`)).status).toBe(302)
  })

  it('is listed for the operator with the reason', async () => {
    const app = opened()
    const account = await aUser(app)
    await suspend(app, account)
    const operator = await app.persistence.users.findOperator()
    const { users } = await app.features.operator.listUsers({ limit: 100, start: null })
    const found = users.find(({ id }) => id === account.id)
    expect(found?.suspension?.reason).toBe('compromised')
    expect(users.find(({ id }) => id === operator?.id)?.suspension).toBeNull()
  })

  it('is never the account of the operator', async () => {
    const app = opened()
    const operator = await app.persistence.users.findOperator()
    expect(await suspend(app, { email: operator?.email ?? '' })).toEqual({ status: 'operator' })
    expect(await suspend(app, { email: 'nobody@users.test' })).toEqual({ status: 'not-found' })
  })

  it('is restored only from the suspension that the operator has seen', async () => {
    const app = opened()
    const account = await aUser(app)
    const { suspensions } = app.persistence
    const at = app.clock.now()
    const request = { userId: account.id, reason: 'other', at } as const
    const results = await Promise.all([suspensions.suspend(request), suspensions.suspend(request)])
    expect(results.toSorted()).toEqual(['already-suspended', 'suspended'])
    const [end, earlier] = [at, at - 1].map((suspendedAt) => ({ userId: account.id, suspendedAt }))
    expect(earlier && (await suspensions.restore(earlier))).toBe(false)
    expect(end && (await suspensions.restore(end))).toBe(true)
    expect(end && (await suspensions.restore(end))).toBe(false)
  })
})

/** Requests that have passed every check when the account is suspended, each waiting in the statement named first. */
const races: readonly (readonly [
  statement: string,
  start: (app: TestApp, account: Account) => Promise<() => Promise<unknown>>,
])[] = [
  [
    'store.insert',
    async (app, account) => {
      const browser = aBrowser(app)
      const csrf_token = await browser.csrfToken('/login')
      return async () => {
        const answer = await browser.signIn(account, { csrf_token })
        expect([answer.status, browser.sessionCookie()]).toEqual([401, ''])
      }
    },
  ],
  [
    'personalTokens.add',
    async (app, account) => () => aToken(app, account).catch((error: unknown) => String(error)),
  ],
  [
    'emailTokens.add',
    async (app, account) => async () => {
      await requestPasswordReset(app, account.email)
      await app.sendRequestedEmails()
    },
  ],
  [
    'emailTokens.resetPassword',
    async (app, account) => {
      await requestPasswordReset(app, account.email)
      const page = await openedLink(app, await linkFor(app, account.email, 'reset-password'))
      return async () => {
        const answer = await page.submit('/reset', { password: newPassword })
        expect(answer.status).toBe(400)
      }
    },
  ],
  [
    'users.changePassword',
    async (app, account) => {
      const browser = await aSignedInBrowser(app, account)
      const fields = { current_password: account.password, new_password: newPassword }
      return () => browser.submit('/settings/password', fields)
    },
  ],
  [
    'emailChanges.requestChange',
    async (app, account) => {
      const browser = await aSignedInBrowser(app, account)
      return () => browser.submit('/settings/email', { email: `new-${account.email}` })
    },
  ],
  [
    'grantStore.insert',
    async (app, account) => {
      const browser = await aSignedInBrowser(app, account)
      const client = await aClient(app)
      const request = aRequest(client)
      const code = await aCode(app, browser, request)
      return async () => {
        const answer = await actAs(app, client).exchange(request, code)
        expect(answer.status).toBe(400)
      }
    },
  ],
  [
    'grantStore.rotate',
    async (app, account) => {
      const browser = await aSignedInBrowser(app, account)
      const client = await aClient(app)
      const { connect, refresh, isActive } = actAs(app, client)
      const tokens = await connect(browser)
      return async () => {
        const answer = await refresh(tokens.refresh_token)
        const isUsable = answer.status === 200 && (await isActive(tokensIn(answer)))
        expect(isUsable).toBe(false)
      }
    },
  ],
]

describe.each(databases)('requests concurrent with a suspension on %s', (kind) => {
  const opened = useApp(kind)

  it.each(races)('%s leaves nothing that works during or after it', async (statement, start) => {
    const app = opened()
    const account = await aUser(app)
    const request = await start(app, account)
    app.clock.advance(second)
    const blocked = app.faults.block(statement)
    const pending = request()
    await Promise.race([
      blocked.reached,
      pending.then((result) => expect.unreachable(`answered without ${statement}: ${result}`)),
    ])
    app.clock.advance(second)
    await suspend(app, account)
    blocked.release()
    await pending
    expect(await credentialsOf(app, account)).toEqual([])
    app.clock.advance(second)
    await restore(app, account)
    app.clock.advance(second)
    expect(await credentialsOf(app, account)).toEqual([])
    // The password is unchanged.
    await aSignedInBrowser(app, account)
  })

  it('sign-in that was checked before is refused, also after the end of the suspension', async () => {
    const app = opened()
    const account = await aUser(app)
    const browser = aBrowser(app)
    const csrf_token = await browser.csrfToken('/login')
    app.clock.advance(second)
    const blocked = app.faults.block('store.insert')
    const pending = browser.signIn(account, { csrf_token })
    await blocked.reached
    app.clock.advance(second)
    await suspendAndRestore(app, account)
    blocked.release()
    expect((await pending).status).toBe(401)
    expect(await credentialsOf(app, account)).toEqual([])
  })

  it('trusted browser that is added meanwhile is refused', async () => {
    const app = opened()
    await app.account()
    const account = await app.account()
    const authenticator = await enrollAuthenticator(app, account)
    app.clock.advance(second)
    const browser = aBrowser(app)
    await browser.signIn(account)
    const blocked = app.faults.block('trustedBrowsers.add')
    const pending = sendCode(browser, authenticator, { trust_browser: 'on' })
    await blocked.reached
    app.clock.advance(second)
    await suspend(app, account)
    blocked.release()
    await pending
    expect(await credentialsOf(app, account)).toEqual([])
  })
})
