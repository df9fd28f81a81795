import { describe, expect, it } from 'vitest'
import { createArgon2Hasher, minParameters } from '../src/adapters/passwords/argon2-hasher.ts'
import type { PasswordHasher } from '../src/application/ports/passwords.ts'
import { aBrowser, aSignedInBrowser } from './support/browser.ts'
import type { Account, TestApp } from './support/open-app.ts'
import { databases } from './support/storage.ts'
import { anApp } from './support/use-app.ts'

const standard = createArgon2Hasher()
const better = createArgon2Hasher({ parameters: { ...minParameters, timeCost: 3 } })
const busy = { status: 'busy', retryAfterSeconds: 2 } as const

/** Hashes with the standard parameters until a test sets `use`. */
function aHasher(): PasswordHasher & { use: PasswordHasher } {
  const hasher = {
    use: standard,
    hash: (password: string) => hasher.use.hash(password, null),
    check: (password: string, stored: string | null) => hasher.use.check(password, stored, null),
  }
  return hasher
}

async function hashOf(app: TestApp, { id }: Account): Promise<string> {
  const [row] = await app.storage.query(`SELECT password_hash FROM users WHERE id = '${id}'`)
  return JSON.stringify(row)
}

describe.each(databases)('password hashes on %s (V11.4.2)', (kind) => {
  it('are argon2id with 19 MiB, 2 passes and 1 lane', async () => {
    await using app = await anApp(kind, { passwordHasher: standard, env: { SIGNUP: 'open' } })
    await app.account()
    const form = { email: 'new@users.test', password: 'lantern gravel oboe sixty' }
    app.leakDetector.addSecret(form.password, 'password')
    expect((await aBrowser(app).submit('/signup', form)).status).toBe(303)
    const rows = await app.storage.query('SELECT password_hash FROM users')
    expect(rows).toHaveLength(2)
    for (const row of rows) {
      expect(JSON.stringify(row)).toMatch(
        /"\$argon2id\$v=19\$m=19456,t=2,p=1\$[\w+/]{22}\$[\w+/]{43}"/,
      )
    }
  })

  it('are replaced at sign-in when parameters improve, only after a correct password', async () => {
    const passwordHasher = aHasher()
    await using app = await anApp(kind, { passwordHasher })
    const account = await app.account()
    const before = await hashOf(app, account)
    expect(before).toContain('t=2')
    const open = await aSignedInBrowser(app, account)

    passwordHasher.use = better
    expect((await aBrowser(app).signIn({ ...account, password: 'wrong' })).status).toBe(401)
    expect(await hashOf(app, account)).toBe(before)
    expect((await aBrowser(app).signIn(account)).status).toBe(303)
    expect(await hashOf(app, account)).toContain('$m=19456,t=3,p=1$')
    expect((await aBrowser(app).signIn(account)).status).toBe(303)
    // A new hash of the same password ends no session.
    expect((await open.open('/dashboard')).status).toBe(200)
  })

  it('are replaced at reauthentication too', async () => {
    const passwordHasher = aHasher()
    await using app = await anApp(kind, { passwordHasher })
    const browser = await aSignedInBrowser(app)
    passwordHasher.use = better
    const { password } = browser.account
    expect((await browser.submit('/reauthenticate', { password })).status).toBe(303)
    expect(await hashOf(app, browser.account)).toContain('t=3')
  })

  it('that cannot be replaced while the hasher is busy do not prevent the sign-in', async () => {
    const passwordHasher = aHasher()
    await using app = await anApp(kind, { passwordHasher })
    const account = await app.account()
    passwordHasher.use = { ...better, hash: async () => busy }
    expect((await aBrowser(app).signIn(account)).status).toBe(303)
    expect(await hashOf(app, account)).toContain('t=2')
    passwordHasher.use = better
    expect((await aBrowser(app).signIn(account)).status).toBe(303)
    expect(await hashOf(app, account)).toContain('t=3')
  })

  it('a busy hasher answers 503 with Retry-After and counts no failure (CS-PW-4)', async () => {
    const passwordHasher = aHasher()
    await using app = await anApp(kind, { passwordHasher })
    const account = await app.account()
    passwordHasher.use = { ...standard, check: async () => busy }
    for (let n = 0; n < 30; n += 1) {
      const answer = await aBrowser(app).signIn(account)
      expect([answer.status, answer.headers['retry-after']]).toEqual([503, '2'])
      expect(answer.body).toContain('This site is busy right now.')
    }
    passwordHasher.use = standard
    expect((await aBrowser(app).signIn(account)).status).toBe(303)
  })
})
