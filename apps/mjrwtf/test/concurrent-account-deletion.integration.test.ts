import { describe, expect, it } from 'vitest'
import { nodeSecrets } from '../src/adapters/crypto/secrets.ts'
import { type Click, unknownSource } from '../src/domain/click.ts'
import type { SecurityEvent } from '../src/domain/security-event.ts'
import {
  aDeletionFixture,
  type DeletionFixture,
  deleteAccount,
} from './support/account-deletion.ts'
import { aBrowser, aSignedInBrowser, textOf } from './support/browser.ts'
import type { TestApp } from './support/open-app.ts'
import { openTransaction } from './support/open-transaction.ts'
import { databases } from './support/storage.ts'
import { testChain } from './support/test-chain.ts'
import { anApp } from './support/use-app.ts'

const destination = 'https://dest.test/in-flight'

/** Two users, one of which will be deleted, each with links and clicks. */
async function twoFixtures(app: TestApp) {
  const [remaining, deleted] = [await aDeletionFixture(app), await aDeletionFixture(app)]
  const idOf = async ({ code }: DeletionFixture) =>
    (await app.persistence.links.resolve(code))?.id ?? ''
  return {
    remaining,
    deleted,
    links: [await idOf(remaining), await idOf(deleted)] as const,
  }
}

function aClick(linkId: string): Click {
  const emptyFields = { ...unknownSource, count: 1 }
  return { id: nodeSecrets.id(), linkId, at: 1_000, ...emptyFields }
}

function anEvent(userId: string): SecurityEvent {
  const emptyFields = { sessionId: null, ipAddress: null, userAgent: null, detail: null }
  const kindAndOutcome = { kind: 'sign-in-failed', outcome: 'failure' } as const
  return { id: nodeSecrets.id(), userId, at: 1_000, ...kindAndOutcome, ...emptyFields }
}

/** A batch as the queue writes it, with one entry of the deleted user in the middle. */
function batch<Entry>(
  make: (ownerId: string) => Entry,
  remainingId: string,
  deletedId: string,
): readonly Entry[] {
  return Array.from({ length: 1_000 }, (_, n) => make(n === 500 ? deletedId : remainingId))
}

const countOf = async (app: TestApp, rows: string): Promise<unknown> =>
  (await app.storage.query(`SELECT 1 FROM ${rows}`)).length

describe.each(databases)('requests concurrent with account deletion, on %s', (kind) => {
  it('a sign-in is answered like a wrong password and creates no session', async () => {
    await using app = await anApp(kind)
    const { browser, account } = await aDeletionFixture(app)
    const signingIn = aBrowser(app)
    const csrf_token = await signingIn.csrfToken('/login')
    const blocked = app.faults.block('store.insert')
    const pending = signingIn.signIn(account, { csrf_token })
    await blocked.reached
    await deleteAccount(browser, account)
    blocked.release()
    const answer = await pending
    expect([answer.status, signingIn.sessionCookie()]).toEqual([401, ''])
    expect(textOf(answer)).toContain('Wrong email or password.')
    expect(await app.storage.query('SELECT 1 FROM sessions')).toEqual([])
  })

  it('a link is not created: page redirects to sign-in, API answers 401, code stays available', async () => {
    await using app = await anApp(kind)
    const { browser, account } = await aDeletionFixture(app)
    const tab = await aSignedInBrowser(app, account)
    const program = await aSignedInBrowser(app, account)
    const fields = { original_url: destination }
    const form = { ...fields, csrf_token: await tab.csrfToken('/create') }
    const byPage = app.faults.block('links.add')
    const page = tab.submit('/create', { ...form, short_code: 'not-made' }, { on: '/create' })
    await byPage.reached
    const byApi = app.faults.block('links.add')
    const call = program.call('POST', '/api/urls', fields)
    await byApi.reached
    await deleteAccount(browser, account)
    byPage.release()
    byApi.release()
    expect([(await page).status, (await page).location]).toEqual([303, '/login'])
    expect(tab.sessionCookie()).toBe('')
    expect([(await call).status, (await call).headers['www-authenticate']]).toEqual([401, 'Bearer'])
    const other = await aSignedInBrowser(app)
    const requested = { ...fields, short_code: 'not-made' }
    expect((await other.call('POST', '/api/urls', requested)).status).toBe(201)
  })

  it("a batch of 1,000 clicks is written without the deleted link's, at the first attempt", async () => {
    await using app = await anApp(kind)
    const { remaining, deleted, links } = await twoFixtures(app)
    for (let n = 0; n < 3; n += 1) await app.send(`/${deleted.code}`)
    await app.send(`/${remaining.code}`)
    const removal = app.faults.block('accounts.removeDataBatch')
    await deleteAccount(deleted.browser, deleted.account)
    await app.flushClicks()
    // The three earlier clicks of the deleted link, and those of the other one.
    expect(await countOf(app, 'clicks')).toBe(3 + 4)
    await app.persistence.clicks.add(batch(aClick, ...links))
    expect(await countOf(app, 'clicks')).toBe(3 + 4 + 999)
    removal.release()
  })

  it("a batch of 1,000 security events is written without the deleted user's, at once", async () => {
    await using app = await anApp(kind)
    const { remaining, deleted } = await twoFixtures(app)
    await deleteAccount(deleted.browser, deleted.account)
    await app.persistence.securityEvents.add(
      batch(anEvent, remaining.account.id, deleted.account.id),
      testChain(),
    )
    expect(await countOf(app, `security_events WHERE kind = 'sign-in-failed'`)).toBe(999)
  })

  it('a password change is answered 409 and the next page redirects to sign-in', async () => {
    await using app = await anApp(kind)
    const { browser, account } = await aDeletionFixture(app)
    const tab = await aSignedInBrowser(app, account)
    const csrf_token = await tab.csrfToken('/settings/password')
    const blocked = app.faults.block('users.changePassword')
    const fields = { current_password: account.password, new_password: 'lantern gravel oboe sixty' }
    app.leakDetector.addSecret(fields.new_password, 'password')
    const pending = tab.submit('/settings/password', { ...fields, csrf_token }, { on: '/create' })
    await blocked.reached
    await deleteAccount(browser, account)
    blocked.release()
    expect((await pending).status).toBe(409)
    expect((await tab.open('/settings/password')).location).toMatch(/^\/login/)
  })
})

describe('concurrent batch insert and account deletion (PostgreSQL)', () => {
  it.each(['clicks', 'security events'])(
    'a batch of %s that is written during the deletion adds only the remaining entries',
    async (what) => {
      await using app = await anApp('postgres')
      const { remaining, deleted, links } = await twoFixtures(app)
      await using removal = await openTransaction(app.storage)
      await removal.run(`DELETE FROM users WHERE id = '${deleted.account.id}'`)
      const { clicks, securityEvents } = app.persistence
      const added =
        what === 'clicks'
          ? clicks.add(batch(aClick, ...links))
          : securityEvents.add(
              batch(anEvent, remaining.account.id, deleted.account.id),
              testChain(),
            )
      await Promise.race([added, removal.blocksAnother()])
      await removal.commit()
      await added
      await app.finishAccountDeletions()
      const rows = what === 'clicks' ? 'clicks WHERE at <= to_timestamp(1)' : 'security_events'
      expect(await countOf(app, rows)).toBe(what === 'clicks' ? 999 : 999 + 1)
    },
  )

  it('a deletion does not wait for a batch in progress, whose entries are deleted too', async () => {
    await using app = await anApp('postgres')
    const { deleted, links } = await twoFixtures(app)
    await using writing = await openTransaction(app.storage)
    await writing.run(`INSERT INTO clicks (id, link_id, at) VALUES ('late', '${links[1]}', now())`)
    expect((await deleteAccount(deleted.browser, deleted.account)).location).toBe('/')
    await writing.commit()
    await app.finishAccountDeletions()
    expect(await countOf(app, 'clicks')).toBe(3)
  })

  // As a sign-in does: it completes a pending one or ends a session, then inserts one, which locks the row of the user.
  // And as the removal of a factor does, which locks the passkeys and then the user.
  it.each([
    { what: 'a sign-in', table: 'sessions', lock: 'NO KEY UPDATE', userLock: 'KEY SHARE' },
    {
      what: 'a second step',
      table: 'session_pending_sign_ins',
      lock: 'UPDATE',
      userLock: 'KEY SHARE',
    },
    { what: 'a removal of a factor', table: 'passkeys', lock: 'UPDATE', userLock: 'NO KEY UPDATE' },
  ])('a deletion that waits for $what holds no lock that it needs', async (other) => {
    await using app = await anApp('postgres')
    const { account } = await aDeletionFixture(app)
    await addRows(app, account.id)
    await using transaction = await openTransaction(app.storage)
    const { table, lock, userLock } = other
    await transaction.run(`SELECT 1 FROM ${table} WHERE user_id = '${account.id}' FOR ${lock}`)
    const deletion = app.persistence.accounts.remove(account.id)
    await transaction.blocksAnother()
    await transaction.run(`SELECT 1 FROM users WHERE id = '${account.id}' FOR ${userLock}`)
    await transaction.commit()
    expect(await deletion).toBe('removed')
  })

  async function addRows(app: TestApp, userId: string): Promise<void> {
    await app.storage.query(`INSERT INTO session_pending_sign_ins
      (id, secret_hash, user_id, methods, created_at, expires_at, credentials_checked_at, attempts, remember)
      VALUES ('pending', '', '${userId}', 'pwd:1', now(), now(), now(), 0, false)`)
    await app.storage.query(`INSERT INTO passkeys (id, user_id, name, public_key, counter, transports,
      can_sync, is_synced, can_verify_user, aaguid, created_at)
      VALUES ('passkey', '${userId}', 'Key', '', 0, '[]', 0, 0, 1, '', now())`)
  }
})
