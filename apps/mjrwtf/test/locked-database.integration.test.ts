import SqliteConnection from 'better-sqlite3'
import { describe, expect, it } from 'vitest'
import { startDatabaseProxy } from '../../../tools/testing/database-proxy.ts'
import { openPersistence } from '../src/adapters/persistence/open-persistence.ts'
import { unknownSource } from '../src/domain/click.ts'
import { linkDefaults } from '../src/domain/link.ts'
import { aSignedInBrowser, type Browser } from './support/browser.ts'
import { openTransaction } from './support/open-transaction.ts'
import { openStorage, type Storage } from './support/storage.ts'
import { anApp, useApp } from './support/use-app.ts'

const link = { original_url: 'https://dest.test/' }

/** A form of the page, filled in before the database is locked. */
async function aLinkForm(browser: Browser) {
  const fields = { ...link, csrf_token: await browser.csrfToken('/create') }
  return async () => (await browser.submit('/create', fields, { on: '/create' })).status
}

async function countWaiting(storage: Storage): Promise<number> {
  const waiting = `SELECT 1 FROM pg_stat_activity
    WHERE datname = current_database() AND wait_event_type = 'Lock'`
  return (await storage.query(waiting)).length
}

describe('a user whose rows stay locked on PostgreSQL', () => {
  const opened = useApp('postgres')

  it('gets 503 for a change, delays no other user, and leaves nothing waiting', async () => {
    const app = opened()
    const [locked, other] = [await aSignedInBrowser(app), await aSignedInBrowser(app)]
    const [createLocked, createOther] = [await aLinkForm(locked), await aLinkForm(other)]
    {
      await using holder = await openTransaction(app.storage)
      await holder.run(`SELECT 1 FROM users WHERE id = '${locked.account.id}' FOR UPDATE`)
      const refused = createLocked()
      await holder.blocksAnother()
      expect(await createOther()).toBe(303)
      expect((await app.send('/ready')).status).toBe(200)
      expect(await refused).toBe(503)
      expect(await countWaiting(app.storage)).toBe(0)
    }
    expect(await createLocked()).toBe(303)
  })

  it('gets 503 at sign-in while the lock of their sessions is held, and other users sign in', async () => {
    const app = opened()
    const [browser, other] = [await aSignedInBrowser(app), await aSignedInBrowser(app)]
    {
      await using holder = await openTransaction(app.storage)
      const key = `concat('coatcheck:user:', 'sessions'::regclass::oid, ':${browser.account.id}')`
      await holder.run(`SELECT pg_advisory_xact_lock(hashtextextended(${key}, 0))`)
      const refused = Promise.all(
        Array.from({ length: 12 }, async () => (await browser.signIn(browser.account)).status),
      )
      await holder.blocksAnother()
      expect((await other.signIn(other.account)).status).toBe(303)
      expect(await countWaiting(app.storage)).toBeLessThan(2)
      expect(new Set(await refused)).toEqual(new Set([503]))
      expect((await browser.open('/dashboard')).status).toBe(200)
    }
    expect((await browser.signIn(browser.account)).status).toBe(303)
  })
})

describe('a process that dies in a transaction on PostgreSQL', () => {
  it('loses its row locks after seconds', async () => {
    await using storage = await openStorage('postgres')
    await using proxy = await startDatabaseProxy(storage.url)
    const dying = await openPersistence({ kind: 'postgres', url: proxy.url })
    const [user, link] = [{ id: 'user-1', email: 'ann@users.test' }, { id: 'link-1' }]
    const at = Date.UTC(2030, 0, 15)
    const unchanged = {
      hasPassword: true,
      passwordVersion: 0,
      passwordChangedBySession: null,
      passwordChangedAt: null,
      passwordResets: 0,
      secondFactors: 0,
      isOperator: false,
    }
    await dying.users.add({ user: { ...user, ...unchanged, createdAt: at }, passwordHash: 'hash' })
    const fields = { ...linkDefaults, shortCode: 'abc', destination: 'https://dest.test/' }
    await dying.links.add({ ...link, ...fields, ownerId: user.id, createdAt: at })
    const lockLink = `SELECT 1 FROM links WHERE id = 'link-1' FOR UPDATE`
    {
      await using holder = await openTransaction(storage)
      await holder.run(lockLink)
      const added = dying.clicks.add([
        { ...unknownSource, id: 'click-1', linkId: link.id, at, count: 1 },
      ])
      added.catch(() => {})
      await holder.blocksAnother()
      proxy.silence()
    }
    // The statement of the silent process now has the lock, and its transaction stays open.
    await storage.query(lockLink)
    await proxy.restore()
    await dying.close()
  })
})

describe('a SQLite file in which another process holds the write lock', () => {
  async function open() {
    const app = await anApp('sqlite')
    const browser = await aSignedInBrowser(app)
    const create = await aLinkForm(browser)
    const other = new SqliteConnection(app.storage.url.replace('sqlite:', ''))
    other.exec('BEGIN IMMEDIATE')
    const dispose = async () => {
      other.close()
      await app[Symbol.asyncDispose]()
    }
    return { browser, create, other, [Symbol.asyncDispose]: dispose }
  }

  it('delays a change until the lock is released', async () => {
    await using opened = await open()
    setTimeout(() => opened.other.exec('ROLLBACK'), 500)
    expect(await opened.create()).toBe(303)
  })

  it('answers a change with 503 if the lock is not released, and does not block the process', async () => {
    await using opened = await open()
    let turns = 0
    const timer = setInterval(() => {
      turns += 1
    }, 20)
    const refused = opened.create()
    expect((await opened.browser.open('/create')).status).toBe(200)
    expect(await refused).toBe(503)
    clearInterval(timer)
    expect(turns).toBeGreaterThan(15)
    opened.other.exec('ROLLBACK')
    expect(await opened.create()).toBe(303)
  })
})
