import { describe, expect, it } from 'vitest'
import { second } from '../src/domain/time.ts'
import { aBrowser, aSignedInBrowser, type SignedInBrowser, textOf } from './support/browser.ts'
import type { TestApp } from './support/open-app.ts'
import { enrollAuthenticator } from './support/second-factors.ts'
import { databases } from './support/storage.ts'
import { anApp, useApp } from './support/use-app.ts'

const pageOf = ({ account }: SignedInBrowser) => `/settings/users/${account.id}`

const suspensionFields: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'suspend compromised': { reason: 'compromised' },
  'suspend nonsense': { reason: 'nonsense' },
}

/** Presses a button of the page of a user. */
function act(browser: SignedInBrowser, user: SignedInBrowser, action: string) {
  const fields: Readonly<Record<string, string>> = suspensionFields[action] ?? {}
  return browser.submit(`${pageOf(user)}/${action.split(' ')[0]}`, fields, {
    on: '/settings/sessions',
  })
}

async function twoUsers(app: TestApp) {
  const operator = await aSignedInBrowser(app)
  const ann = await aSignedInBrowser(app)
  app.clock.advance(second)
  return { operator, ann }
}

const administrators = (app: TestApp) =>
  app.storage.query('SELECT id FROM users WHERE is_operator = 1')

const actionEmails = (app: TestApp, { account }: SignedInBrowser) =>
  app.emails().flatMap(({ to, email }) => {
    return to === account.email && email.kind === 'operator-action' ? [email.action] : []
  })

async function logOf(app: TestApp, browser: SignedInBrowser): Promise<string> {
  await app.flushSecurityEvents()
  return textOf(await browser.open('/settings/security-log'))
}

describe.each(databases)('page of a user on %s', (kind) => {
  it('suspends and restores, and both security logs say so', async () => {
    await using app = await anApp(kind)
    const { operator, ann } = await twoUsers(app)
    expect((await act(operator, ann, 'suspend compromised')).location).toBe(pageOf(ann))
    expect((await ann.send('/api/session')).status).toBe(401)
    expect((await ann.signIn(ann.account)).status).toBe(403)
    const page = textOf(await operator.open(pageOf(ann)))
    expect(page).toContain('Suspended since')
    expect(page).toContain('someone else may have access')
    expect((await act(operator, ann, 'suspend nonsense')).status).toBe(400)
    await act(operator, ann, 'restore')
    app.clock.advance(second)
    const again = await aSignedInBrowser(app, ann.account)
    expect(actionEmails(app, ann)).toEqual(['account-suspended', 'account-restored'])
    expect(await logOf(app, again)).toContain('An administrator suspended your account')
    const log = await logOf(app, operator)
    expect(log).toContain('You suspended a user')
    expect(log).toContain('You ended the suspension of a user')
    expect(log).toContain(ann.account.id.slice(0, 8))
  })

  it('deletes an account after its email was typed, never that of an administrator', async () => {
    await using app = await anApp(kind)
    const { operator, ann } = await twoUsers(app)
    const path = `${pageOf(ann)}/delete`
    expect(textOf(await operator.submit(path, { email: 'x@users.test' }))).toContain('not match')
    const deleted = await operator.submit(path, { email: ann.account.email })
    expect([deleted.status, deleted.location]).toEqual([303, '/settings/users'])
    expect((await ann.send('/api/session')).status).toBe(401)
    expect((await operator.open(pageOf(ann))).status).toBe(404)
    const own = `${pageOf(operator)}/delete`
    const fields = { email: operator.account.email }
    expect((await operator.submit(own, fields, { on: '/settings/users' })).status).toBe(409)
  })

  it('creates a reset link only where no email is sent, and for no administrator', async () => {
    await using app = await anApp(kind)
    const { operator, ann } = await twoUsers(app)
    const created = await act(operator, ann, 'reset-link')
    const [, token = ''] = /reset\?token=([\w-]+)/.exec(created.body) ?? []
    expect([created.status, token.length]).toEqual([200, 43])
    expect(actionEmails(app, ann)).toEqual(['reset-link-created'])
    expect((await act(operator, operator, 'reset-link')).status).toBe(409)
  })
})

describe.each(databases)('role of administrators on %s', (kind) => {
  it('is shared and withdrawn, but the last administrator keeps it', async () => {
    await using app = await anApp(kind)
    const { operator, ann } = await twoUsers(app)
    expect((await act(operator, operator, 'demote')).status).toBe(409)
    await act(operator, ann, 'promote')
    expect((await ann.send('/api/session')).status).toBe(401)
    app.clock.advance(second)
    const next = await aSignedInBrowser(app, ann.account)
    expect((await next.open('/settings/users')).status).toBe(200)
    expect((await act(next, operator, 'suspend compromised')).status).toBe(409)
    await act(next, operator, 'demote')
    expect((await operator.open('/settings/users')).status).toBe(404)
    expect((await act(next, next, 'demote')).status).toBe(409)
    expect(await administrators(app)).toEqual([{ id: ann.account.id }])
    expect(actionEmails(app, operator)).toEqual(['operator-role-withdrawn'])
  })

  it('is handed over in one step', async () => {
    await using app = await anApp(kind)
    const { operator, ann } = await twoUsers(app)
    expect((await act(operator, ann, 'hand-over')).location).toBe('/dashboard')
    expect(await administrators(app)).toEqual([{ id: ann.account.id }])
    expect((await operator.open('/settings/users')).status).toBe(404)
  })

  it('stays with one of two administrators who withdraw it from each other at once', async () => {
    await using app = await anApp(kind)
    const { operator, ann } = await twoUsers(app)
    for (let round = 0; round < 5; round += 1) {
      await app.storage.query('UPDATE users SET is_operator = 1')
      const { operatorRole } = app.persistence
      const [one, two] = [operator.account.id, ann.account.id]
      const results = await Promise.all([
        operatorRole.withdraw({ from: one, by: two }),
        operatorRole.withdraw({ from: two, by: one }),
      ])
      expect(results.toSorted()).toEqual(['not-allowed', 'withdrawn'])
      expect(await administrators(app)).toHaveLength(1)
    }
  })

  it('stays with one of three who give it up at once, and one account is the first', async () => {
    await using app = await anApp(kind)
    const accounts = [await app.account(), await app.account(), await app.account()]
    await app.storage.query('UPDATE users SET is_operator = 1')
    const results = await Promise.all(
      accounts.map(({ id }) => app.persistence.operatorRole.withdraw({ from: id, by: id })),
    )
    expect(results.toSorted()).toEqual(['last-operator', 'withdrawn', 'withdrawn'])
    expect(await administrators(app)).toHaveLength(1)
  })

  it('requires a strong second factor unless the policy is off', async () => {
    await using app = await anApp(kind, { env: { REQUIRE_SECOND_FACTOR: 'administrators' } })
    const { operator, ann } = await twoUsers(app)
    const administration = app.features.administration
    const promote = () => administration.promoteUser(operator.account, ann.account.id, false)
    expect(await promote()).toEqual({ status: 'no-strong-factor' })
    expect((await ann.send('/api/session')).status).toBe(200)
    await enrollAuthenticator(app, ann.account)
    expect(await promote()).toMatchObject({ status: 'promoted' })
  })
})

describe.each(databases)('administration on %s', (kind) => {
  const opened = useApp(kind)

  it('is refused to other users by the use cases, not only by the routes', async () => {
    const app = opened()
    await app.account()
    const [ann, bob] = [await app.account(), await app.account()]
    const { administration } = app.features
    const refused = { status: 'not-found' }
    expect(await administration.findUser(ann, bob.id)).toBeNull()
    expect(await administration.searchUsers(ann, '@')).toEqual([])
    expect(await administration.suspendUser(ann, bob.id, 'abuse')).toEqual(refused)
    expect(await administration.restoreUser(ann, bob.id)).toEqual(refused)
    expect(await administration.createResetLink(ann, bob.id)).toEqual(refused)
    expect(await administration.promoteUser(ann, bob.id, false)).toEqual(refused)
    expect(await administration.demoteUser(ann, bob.id)).toEqual(refused)
    expect(await administration.deleteUser(ann, bob.id, bob.email)).toEqual(refused)
  })

  it('finds users by a part of the email, literally', async () => {
    const app = opened()
    const operator = await app.persistence.users.findOperator()
    if (operator === null) throw new Error('No administrator.')
    await app.account('100%_sure@find.test')
    const find = (text: string) => app.features.administration.searchUsers(operator, text)
    expect((await find('%_SURE@find')).map(({ email }) => email)).toEqual(['100%_sure@find.test'])
    expect(await find('0_sure@find')).toEqual([])
  })

  it('redirects an anonymous visitor to sign-in', async () => {
    const answer = await aBrowser(opened()).open('/settings/users')
    expect(answer.location).toMatch(/^\/login/)
  })
})

describe.each(databases)('invitation on %s', (kind) => {
  const path = '/settings/invitations'

  it('is sent by email, listed while it is pending, and revoked', async () => {
    await using app = await anApp(kind, { env: { SIGNUP: 'invite' } })
    const operator = await aSignedInBrowser(app)
    const invalid = await operator.submit(path, { email: 'ben' })
    expect([invalid.status, textOf(invalid).includes('Enter a valid email')]).toEqual([400, true])
    await operator.submit(path, { email: 'ben@users.test' })
    const sent = app.emails().at(-1)
    expect(sent).toMatchObject({ to: 'ben@users.test', email: { kind: 'invitation' } })
    const token = String(Object(sent?.email).code)
    expect((await aBrowser(app).open(`/signup?invite=${token}`)).status).toBe(200)
    const page = await operator.open(path)
    expect(textOf(page)).toContain('ben@users.test')
    const [, id = ''] = /invitations\/([\w-]+)\/revoke/.exec(page.body) ?? []
    await operator.submit(`${path}/${id}/revoke`, {}, { on: path })
    expect(textOf(await operator.open(path))).toContain('No invitation is pending.')
    const late = await aBrowser(app).open(`/signup?invite=${token}`)
    expect(textOf(late)).not.toContain('Create an account')
    expect(await logOf(app, operator)).toContain('You revoked an invitation')
  })

  it('is either used or revoked, not both, and only by administrators', async () => {
    await using app = await anApp(kind, { env: { SIGNUP: 'invite' } })
    const { operator, ann } = await twoUsers(app)
    const { createInvite, revokeInvite, listInvites } = app.features.operator
    const created = await createInvite(operator.account)
    if (created.status !== 'created') throw new Error(created.status)
    const [pending] = await listInvites(operator.account)
    expect(await listInvites(ann.account)).toEqual([])
    expect(await revokeInvite(ann.account, pending?.id ?? '')).toBe(false)
    const guest = aBrowser(app)
    const fields = { email: 'guest@users.test', password: 'violet harbour tram 1234' }
    const [signUp, revoked] = await Promise.all([
      guest.submit('/signup', { ...fields, invite: created.code }, { on: '/login' }),
      revokeInvite(operator.account, pending?.id ?? ''),
    ])
    expect([signUp.status === 303, revoked]).toContain(true)
    expect(signUp.status === 303 && revoked).toBe(false)
  })
})
