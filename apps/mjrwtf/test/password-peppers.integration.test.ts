import { describe, expect, it } from 'vitest'
import { createArgon2Hasher } from '../src/adapters/passwords/argon2-hasher.ts'
import { createPeppers } from '../src/adapters/passwords/peppers.ts'
import { aBrowser, aSignedInBrowser } from './support/browser.ts'
import { type Account, openApp, type TestApp } from './support/open-app.ts'
import { databases, openStorage, type Storage } from './support/storage.ts'

const old = 'Yq3Zr8vT1xWmB5nJ7yLp2sDf9hGc4aQeR6'
const recent = 'p0-hT7kVw2NzXb9Rs4Md8Jf1Lg5Cq3Ya6Ue'
const idOf = (pepper: string) => createPeppers([pepper]).ids[0] ?? ''

/** Starts the app with these peppers on a database that outlives it. */
async function start(storage: Storage, ...peppers: readonly string[]): Promise<TestApp> {
  const env = { PASSWORD_PEPPERS: peppers.join(',') }
  // Real Argon2 hashes in any case: later starts have to read them.
  const plain = peppers.length === 0 && { passwordHasher: createArgon2Hasher() }
  const app = await openApp(storage, { env, ...plain })
  for (const pepper of peppers) app.leakDetector.addSecret(pepper, 'password')
  return app
}

async function canSignIn(app: TestApp, account: Account): Promise<boolean> {
  app.leakDetector.addSecret(account.password, 'password')
  const { status } = await aBrowser(app).signIn(account)
  expect([303, 401]).toContain(status)
  return status === 303
}

async function hashOf(storage: Storage, { id }: Account): Promise<string> {
  const [row] = await storage.query(`SELECT password_hash FROM users WHERE id = '${id}'`)
  return JSON.stringify(row)
}

function missing(app: TestApp) {
  const lines = app.log().filter(({ level }) => level === 50)
  return lines.map(({ msg, pepper }) => [msg, pepper])
}

describe.each(databases)('password peppers on %s (CS-PW-3)', (kind) => {
  it('are rotated at sign-in without failures, after which the old one can be removed', async () => {
    await using storage = await openStorage(kind)
    let [ann, bob]: [Account | null, Account | null] = [null, null]
    {
      await using app = await start(storage)
      ann = await app.account()
      bob = await app.account()
      expect(await canSignIn(app, ann)).toBe(true)
      expect(await hashOf(storage, ann)).not.toContain('keyid')
    }
    {
      await using app = await start(storage, old)
      for (const account of [ann, bob]) expect(await canSignIn(app, account)).toBe(true)
      expect(await hashOf(storage, bob)).toContain(`,keyid=${idOf(old)}$`)
    }
    {
      await using app = await start(storage, recent, old)
      expect(await canSignIn(app, ann)).toBe(true)
      expect(await hashOf(storage, ann)).toContain(`,keyid=${idOf(recent)}$`)
      expect(await hashOf(storage, bob)).toContain(`,keyid=${idOf(old)}$`)
      expect(await canSignIn(app, ann)).toBe(true)
    }
    {
      await using app = await start(storage, recent)
      expect(await canSignIn(app, ann)).toBe(true)
      expect(missing(app)).toEqual([])
      // This user did not sign in in between: the old pepper was removed too early for them.
      expect(await canSignIn(app, bob)).toBe(false)
      expect(missing(app)).toEqual([['pepper missing for a password hash', idOf(old)]])
    }
    {
      await using app = await start(storage, recent, old)
      expect(await canSignIn(app, bob)).toBe(true)
    }
    const dump = await storage.dump()
    for (const pepper of [old, recent]) expect(dump).not.toContain(pepper)
  })

  it('a lost pepper looks like a wrong password, counts as a failure and is logged as error', async () => {
    await using storage = await openStorage(kind)
    let account: Account | null = null
    {
      await using app = await start(storage, old)
      account = await app.account()
    }
    await using app = await start(storage, recent)
    app.leakDetector.addSecret(account.password, 'password')
    const pages: string[] = []
    for (const email of [account.email, 'nobody@users.test']) {
      const answer = await aBrowser(app).signIn({ email, password: account.password })
      expect(answer.status).toBe(401)
      pages.push(answer.body.replaceAll(/(nonce|value|data-options)="[^"]+"/g, ''))
    }
    expect(new Set(pages).size).toBe(1)
    expect(await storage.query('SELECT failures FROM attempts')).toContainEqual({ failures: 1 })
    expect(missing(app)).toEqual([['pepper missing for a password hash', idOf(old)]])
  })

  it('are in the hash of every new password', async () => {
    await using storage = await openStorage(kind)
    await using app = await start(storage, recent, old)
    const browser = await aSignedInBrowser(app)
    const password = 'lantern gravel oboe sixty'
    app.leakDetector.addSecret(password, 'password')
    const fields = { current_password: browser.account.password, new_password: password }
    expect((await browser.submit('/settings/password', fields)).status).toBe(303)
    expect(await hashOf(storage, browser.account)).toContain(`,keyid=${idOf(recent)}$`)
    app.clock.advance(1)
    expect(await canSignIn(app, { ...browser.account, password })).toBe(true)
  })
})
