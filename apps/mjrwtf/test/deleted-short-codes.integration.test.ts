import { describe, expect, it } from 'vitest'
import { aDeletionFixture, deleteAccount } from './support/account-deletion.ts'
import { aBrowser, aSignedInBrowser, textOf } from './support/browser.ts'
import { openTransaction } from './support/open-transaction.ts'
import { databases } from './support/storage.ts'
import { anApp } from './support/use-app.ts'

const destination = { original_url: 'https://hijack.test/' }

describe.each(databases)('short codes after account deletion, on %s', (kind) => {
  it('answer 410, with and without a plus, and do not reveal their destination', async () => {
    await using app = await anApp(kind)
    const { browser, account, code, otherCode } = await aDeletionFixture(app)
    await browser.submit(`/links/${otherCode}/delete`, {}, { on: '/dashboard' })
    await deleteAccount(browser, account)
    for (const path of [`/${code}`, `/${code}+`, `/${otherCode}`]) {
      const answer = await aBrowser(app).open(path)
      expect([path, answer.status]).toEqual([path, 410])
      expect(textOf(answer)).toContain('It expired or was deleted by its owner.')
      expect(answer.body).not.toMatch(/dest\.test/)
    }
    expect((await app.send('/never-given')).status).toBe(404)
    await app.flushClicks()
    await app.finishAccountDeletions()
    expect(await app.storage.query('SELECT id FROM clicks')).toEqual([])
  })

  it('are unavailable to everyone, including the same person with a new account', async () => {
    await using app = await anApp(kind)
    const { browser, account, code } = await aDeletionFixture(app)
    await deleteAccount(browser, account)
    const back = await aSignedInBrowser(app, await app.account(account.email))
    const attacker = await aSignedInBrowser(app)
    for (const client of [back, attacker]) {
      const requested = { ...destination, short_code: code }
      expect((await client.call('POST', '/api/urls', requested)).status).toBe(409)
      const answer = await client.submit('/create', requested)
      expect([answer.status, textOf(answer).includes('already in use')]).toEqual([409, true])
      expect((await client.send(`/api/urls/${code}`)).status).toBe(404)
    }
    expect((await app.send(`/${code}`)).status).toBe(410)
  })

  it('are assigned to none of 30 concurrent requests during the deletion', async () => {
    await using app = await anApp(kind)
    const { browser, account, code } = await aDeletionFixture(app)
    const attacker = await aSignedInBrowser(app)
    const requested = { ...destination, short_code: code }
    const csrf_token = await attacker.csrfToken('/create')
    const create = () => attacker.submit('/create', { ...requested, csrf_token }, { on: '/create' })
    const [deletion, ...pending] = await Promise.all([
      deleteAccount(browser, account),
      ...Array.from({ length: 30 }, create),
    ])
    expect(deletion.location).toBe('/')
    expect(new Set(pending.map(({ status }) => status))).toEqual(new Set([409]))
    expect((await app.send(`/${code}`)).status).toBe(410)
  })

  it('stay unavailable when the account is deleted by direct SQL', async () => {
    await using app = await anApp(kind)
    const { account, code } = await aDeletionFixture(app)
    await app.storage.query(`DELETE FROM users WHERE id = '${account.id}'`)
    const attacker = await aSignedInBrowser(app)
    const requested = { ...destination, short_code: code }
    expect((await attacker.call('POST', '/api/urls', requested)).status).toBe(409)
    expect((await app.send(`/${code}`)).status).toBe(410)
  })
})

describe('concurrent account deletion and link creation (PostgreSQL)', () => {
  it('the new link waits for the deletion and does not get the short code', async () => {
    await using app = await anApp('postgres')
    const { account, code } = await aDeletionFixture(app)
    const attacker = await aSignedInBrowser(app)
    await using removal = await openTransaction(app.storage)
    await removal.run(`DELETE FROM users WHERE id = '${account.id}'`)
    const pending = attacker.call('POST', '/api/urls', { ...destination, short_code: code })
    await Promise.race([pending, removal.blocksAnother()])
    await removal.commit()
    expect((await pending).status).toBe(409)
    expect((await app.send(`/${code}`)).status).toBe(410)
  })

  it('a short code whose first link was rolled back is available', async () => {
    await using app = await anApp('postgres')
    const browser = await aSignedInBrowser(app)
    await using other = await openTransaction(app.storage)
    await other.run(`INSERT INTO links (id, short_code, destination, owner_id, created_at)
      SELECT 'other', 'wanted', 'https://other.test/', id, created_at FROM users`)
    const pending = browser.call('POST', '/api/urls', { ...destination, short_code: 'wanted' })
    await other.blocksAnother()
    await other.run('ROLLBACK')
    expect((await pending).status).toBe(201)
  })
})
