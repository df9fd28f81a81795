import { createFakeClock } from 'coatcheck/testing'
import { describe, expect, it } from 'vitest'
import {
  aBrowser,
  aSignedInBrowser,
  type Browser,
  type SignedInBrowser,
  textOf,
} from './support/browser.ts'
import { clearRates, emailsTo, linkFor, openedLink, tokenOf } from './support/emails.ts'
import type { Account, TestApp } from './support/open-app.ts'
import { openApp, proxied } from './support/open-app.ts'
import { addAuthenticator } from './support/second-factors.ts'
import { databases } from './support/storage.ts'
import { anApp, useApp } from './support/use-app.ts'

const minute = 60_000
const hour = 60 * minute

const pathOf = ({ id }: Pick<Account, 'id'>) => `/settings/users/${id}/factor-removal`

async function submit(browser: Browser, user: Account, action = ''): Promise<number> {
  const { status } = await browser.submit(
    `${pathOf(user)}${action}`,
    {},
    { on: '/settings/sessions' },
  )
  return status
}

/** The security log of the account, with the details. */
async function logOf(app: TestApp, { id: userId }: Account): Promise<readonly string[]> {
  await app.flushSecurityEvents()
  const { securityEvents } = app.persistence
  const page = await securityEvents.list({ userId, kinds: null, limit: 100, start: null })
  return page.events.map(({ kind, detail }) => (detail === null ? kind : `${kind} ${detail}`))
}

async function factorsOf(app: TestApp, { id }: Account): Promise<number | undefined> {
  return (await app.persistence.users.find(id))?.secondFactors
}

describe.each(databases)('removal of second factors by the administrator on %s', (kind) => {
  const app = useApp(kind)
  let operator: SignedInBrowser | null = null

  /** The administrator, signed in recently, and a signed-in user with a second factor. */
  async function start() {
    await clearRates(app())
    operator ??= await aSignedInBrowser(app())
    await operator.signIn(operator.account)
    const user = await aSignedInBrowser(app())
    await addAuthenticator(app(), user.account.id)
    app().clock.advance(minute)
    return { operator, user, account: user.account }
  }

  const emailKindsTo = async ({ email }: Account) =>
    (await emailsTo(app(), email)).map((sent) => sent.email.kind)

  it('happens after 72 hours, with an email at once and a reminder a day before', async () => {
    const { operator, account } = await start()
    expect(await submit(operator, account)).toBe(303)
    const { process } = app().features.factorRemovals
    expect(await emailKindsTo(account)).toContain('factor-removal-requested')

    app().clock.advance(48 * hour - 1)
    await process()
    expect(await emailKindsTo(account)).not.toContain('factor-removal-reminder')
    app().clock.advance(1)
    await process()
    await process()
    const reminders = await emailsTo(app(), account.email, 'factor-removal-reminder')
    expect(reminders).toHaveLength(1)

    app().clock.advance(24 * hour - minute)
    expect(await process()).toEqual({ removed: [], canceled: [] })
    expect(await factorsOf(app(), account)).toBe(1)
    app().clock.advance(minute)
    expect(await process()).toEqual({ removed: [account.id], canceled: [] })
    expect(await factorsOf(app(), account)).toBe(0)
    const last = (await emailsTo(app(), account.email)).at(-1)
    expect(last?.email).toMatchObject({ kind: 'factor-changed', change: 'second-factors-removed' })
    expect(await process()).toEqual({ removed: [], canceled: [] })
    // The password is still needed, and it is the same.
    expect((await aBrowser(app()).signIn({ ...account, password: 'wrong password' })).status).toBe(
      401,
    )
    expect((await aBrowser(app()).signIn(account)).status).toBe(303)
    expect(await logOf(app(), account)).toEqual(
      expect.arrayContaining([
        'second-factors-removed',
        `factor-removal-requested ${operator.account.id}`,
      ]),
    )
  })

  it('is canceled once by the link in the email, without signing in, and only by a POST', async () => {
    const { operator, account } = await start()
    await submit(operator, account)
    const link = await linkFor(app(), account.email, 'factor-removal-requested')
    const visitor = await openedLink(app(), link)
    const shown = await visitor.open('/verify')
    expect(textOf(shown)).toContain('Keep your second factors')
    expect(await app().features.factorRemovals.find(account.id)).not.toBeNull()
    const answer = await visitor.submit('/verify')
    expect([answer.status, answer.location]).toEqual([303, '/login'])
    expect(await app().features.factorRemovals.find(account.id)).toBeNull()
    expect(await emailKindsTo(account)).toContain('factor-removal-canceled')
    const again = await openedLink(app(), link)
    expect((await again.open('/verify')).status).toBe(400)
    app().clock.advance(72 * hour)
    await app().features.factorRemovals.process()
    expect(await factorsOf(app(), account)).toBe(1)
  })

  it('happens a day after the reminder at the earliest, if the clock jumps or no process runs', async () => {
    const { operator, account } = await start()
    await submit(operator, account)
    const { process } = app().features.factorRemovals
    app().clock.advance(100 * hour)
    expect(await process()).toEqual({ removed: [], canceled: [] })
    expect(await emailKindsTo(account)).toContain('factor-removal-reminder')
    app().clock.advance(24 * hour - minute)
    expect(await process()).toEqual({ removed: [], canceled: [] })
    app().clock.advance(minute)
    expect(await process()).toEqual({ removed: [account.id], canceled: [] })
  })

  it('is canceled by the link in the reminder, also with the first email lost', async () => {
    const { operator, account } = await start()
    await submit(operator, account)
    app().clock.advance(48 * hour)
    await app().features.factorRemovals.process()
    const link = await linkFor(app(), account.email, 'factor-removal-reminder')
    expect((await (await openedLink(app(), link)).submit('/verify')).status).toBe(303)
    expect(await app().features.factorRemovals.find(account.id)).toBeNull()
  })

  it('is canceled by the user, who sees it in the settings, without a step-up', async () => {
    const { operator, user, account } = await start()
    await submit(operator, account)
    app().clock.advance(20 * minute)
    const page = '/settings/security'
    expect(textOf(await user.open(page))).toContain('Your second factors are about to be removed')
    expect((await user.submit(`${page}/removal/cancel`, {}, { on: page })).status).toBe(303)
    expect(await app().features.factorRemovals.find(account.id)).toBeNull()
    expect(await logOf(app(), account)).toContain('factor-removal-canceled')
  })

  it('is canceled by the administrator, and both security logs say so', async () => {
    const { operator, user, account } = await start()
    await submit(operator, account)
    expect(textOf(await operator.open(pathOf(account)))).toContain('The removal is pending')
    expect(await submit(operator, account, '/cancel')).toBe(303)
    expect(await app().features.factorRemovals.find(account.id)).toBeNull()
    expect(await logOf(app(), operator.account)).toEqual(
      expect.arrayContaining([
        `operator-requested-factor-removal ${account.id}`,
        `operator-canceled-factor-removal ${account.id}`,
      ]),
    )
    expect(await logOf(app(), account)).toContain(`factor-removal-canceled ${operator.account.id}`)
    expect(textOf(await user.open('/settings/security-log'))).toContain('By account')
    expect(await emailKindsTo(account)).toContain('factor-removal-canceled')
  })

  it('is canceled by a use of a second factor, and the user is notified', async () => {
    const { operator, account } = await start()
    const { recoveryCodes, factorRemovals } = app().features
    const request = { user: { ...account, secondFactors: 1 }, sessionId: null, client: noClient }
    const created = await recoveryCodes.create(request)
    const [code = ''] = created.status === 'created' ? created.codes : []
    app().clock.advance(1)
    await submit(operator, account)
    app().clock.advance(hour)
    await recoveryCodes.checkCode({ ...request, code })
    expect(await factorRemovals.find(account.id)).toBeNull()
    app().clock.advance(72 * hour)
    expect(await factorRemovals.process()).toEqual({ removed: [], canceled: [account.id] })
    expect(await factorsOf(app(), account)).toBe(1)
    expect(await emailKindsTo(account)).toContain('factor-removal-canceled')
    expect(await logOf(app(), account)).toContain('factor-removal-canceled second-factor-used')
  })

  it('is requested once: a second request changes neither its time nor its link', async () => {
    const { operator, account } = await start()
    await submit(operator, account)
    const before = await app().features.factorRemovals.find(account.id)
    app().clock.advance(minute)
    expect(await submit(operator, account)).toBe(303)
    expect(await app().features.factorRemovals.find(account.id)).toEqual(before)
    expect(await emailsTo(app(), account.email, 'factor-removal-requested')).toHaveLength(1)
  })

  it('needs a recent authentication of the administrator, and a user with a second factor', async () => {
    const { operator, account } = await start()
    const without = await app().account()
    expect(await submit(operator, without)).toBe(409)
    expect(textOf(await operator.open(pathOf(without)))).toContain('has no second factor')
    expect(await submit(operator, operator.account)).toBe(409)
    expect((await operator.open(pathOf({ id: 'x'.repeat(22) }))).status).toBe(404)
    app().clock.advance(15 * minute)
    const answer = await operator.submit(pathOf(account), {}, { on: '/settings/sessions' })
    expect(answer.location).toMatch(/^\/reauthenticate/)
    expect(await app().features.factorRemovals.find(account.id)).toBeNull()
  })

  it('stops after five requests an hour, so that a mailbox is not flooded', async () => {
    const { operator, account } = await start()
    for (let n = 0; n < 5; n += 1) {
      expect(await submit(operator, account)).toBe(303)
      expect(await submit(operator, account, '/cancel')).toBe(303)
    }
    expect(await submit(operator, account)).toBe(429)
    expect(await app().features.factorRemovals.find(account.id)).toBeNull()
  })

  it('stores and logs no token', async () => {
    const { operator, account } = await start()
    await submit(operator, account)
    app().clock.advance(48 * hour)
    await app().features.factorRemovals.process()
    for (const email of ['factor-removal-requested', 'factor-removal-reminder'] as const) {
      const token = tokenOf(await linkFor(app(), account.email, email))
      expect(token).toHaveLength(43)
      expect(await app().storage.dump()).not.toContain(token)
      expect(JSON.stringify(app().log())).not.toContain(token)
    }
  })
})

describe.each(databases)('removal of second factors with several processes on %s', (kind) => {
  it('is carried out and reported once by two processes', async () => {
    const clock = createFakeClock()
    await using app = await anApp(kind, { clock })
    await using other = await openApp(app.storage, { clock })
    const operator = await aSignedInBrowser(app)
    const account = await app.account()
    await addAuthenticator(app, account.id)
    clock.advance(1)
    await submit(operator, account)
    const both = () =>
      Promise.all(
        [app, other].flatMap(({ features }) => [
          features.factorRemovals.process(),
          features.factorRemovals.process(),
        ]),
      )
    clock.advance(48 * hour)
    await both()
    clock.advance(24 * hour)
    const results = await both()
    expect(results.flatMap(({ removed }) => removed)).toEqual([account.id])
    const emails = [
      ...(await emailsTo(app, account.email)),
      ...(await emailsTo(other, account.email)),
    ]
    expect(emails.map(({ email }) => email.kind).toSorted()).toEqual([
      'factor-changed',
      'factor-removal-reminder',
      'factor-removal-requested',
    ])
  })
})

it('is refused without email, and the page names the command', async () => {
  await using app = await anApp('sqlite', { env: proxied })
  const operator = await aSignedInBrowser(app)
  const account = await app.account()
  await addAuthenticator(app, account.id)
  const shown = textOf(await operator.open(pathOf(account)))
  expect(shown).toContain('This server sends no email')
  expect(shown).toContain(`npm run remove-factors -- ${account.email}`)
  expect(await submit(operator, account)).toBe(409)
})

const noClient = { ipAddress: null, userAgent: null }
