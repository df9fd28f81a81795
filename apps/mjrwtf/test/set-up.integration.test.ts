import { describe, expect, it } from 'vitest'
import { createArgon2Hasher } from '../src/adapters/passwords/argon2-hasher.ts'
import { aBrowser, textOf } from './support/browser.ts'
import type { TestApp } from './support/open-app.ts'
import { databases } from './support/storage.ts'
import { anApp } from './support/use-app.ts'

const password = 'lantern gravel oboe sixty'

async function aSetUpCode(app: TestApp): Promise<string> {
  const code = (await app.features.accounts.issueSetUpCode()) ?? ''
  app.leakDetector.addSecret(code, 'code')
  app.leakDetector.addSecret(password, 'password')
  return code
}

describe.each(databases)('first-run setup on %s (V6.3.2, V6.4.1)', (kind) => {
  it('accepts the setup code once, signs the user in, and is unavailable afterwards', async () => {
    await using app = await anApp(kind, { passwordHasher: createArgon2Hasher() })
    const code = await aSetUpCode(app)
    expect(await app.storage.dump()).not.toContain(code)
    const browser = aBrowser(app)
    const page = await browser.open(`/setup?code=${code}`)
    expect(page.status).toBe(200)
    expect(page.headers['referrer-policy']).toBe('strict-origin')
    const fields = { code, email: 'ann@users.test', password }

    const created = await browser.submit('/setup', fields)
    expect([created.status, created.location]).toEqual([303, '/dashboard'])
    expect(await app.storage.query('SELECT is_operator FROM users')).toEqual([{ is_operator: 1 }])
    expect(textOf(await browser.open('/dashboard'))).toContain('Welcome to mjr.wtf')
    expect(textOf(await browser.open('/dashboard'))).not.toContain('Welcome to mjr.wtf')

    const visitor = aBrowser(app)
    const again = await visitor.open(`/setup?code=${code}`)
    expect(again.status).toBe(404)
    expect(textOf(again)).toContain('This server is already set up')
    expect(again.body).toContain('<a class="button" href="/login">')
    expect((await visitor.submit('/setup', fields, { on: '/login' })).status).toBe(404)
    expect(await app.features.accounts.issueSetUpCode()).toBeNull()
    expect((await aBrowser(app).signIn(fields)).location).toBe('/dashboard')
  })

  it('exactly one of two concurrent setups succeeds', async () => {
    await using app = await anApp(kind)
    const codes = [await aSetUpCode(app), await aSetUpCode(app)]
    const answers = await Promise.all(
      codes.map((code, n) =>
        aBrowser(app).submit(
          '/setup',
          { code, email: `p${n}@users.test`, password },
          { on: '/login' },
        ),
      ),
    )
    expect(answers.map(({ status }) => status).toSorted()).toEqual([303, 404])
    expect(await app.storage.query('SELECT id FROM users')).toHaveLength(1)
  })

  it('answers 404 to the slower of two setups instead of reporting a wrong code', async () => {
    await using app = await anApp(kind)
    const [first = '', second = ''] = [await aSetUpCode(app), await aSetUpCode(app)]
    const blocked = app.faults.block('setUpCodes.has')
    const on = { on: '/login' }
    const fields = { email: 'slow@users.test', password }
    const slow = aBrowser(app).submit('/setup', { ...fields, code: second }, on)
    await blocked.reached
    const fast = { email: 'fast@users.test', password, code: first }
    expect((await aBrowser(app).submit('/setup', fast, on)).status).toBe(303)
    blocked.release()
    expect((await slow).status).toBe(404)
  })

  it('rejects a wrong, empty or expired setup code at its field and creates no account', async () => {
    await using app = await anApp(kind)
    const code = await aSetUpCode(app)
    const browser = aBrowser(app)
    const fields = { email: 'ann@users.test', password }
    for (const wrong of ['', 'wrong', code.slice(1), code.toUpperCase()]) {
      const answer = await browser.submit('/setup', { ...fields, code: wrong })
      expect(answer.status).toBe(400)
      expect(answer.body).toContain('id="code-problem"')
      expect(answer.body).not.toContain(password)
    }
    app.clock.advance(24 * 60 * 60_000)
    expect((await browser.submit('/setup', { ...fields, code })).status).toBe(400)
    expect(await app.storage.query('SELECT id FROM users')).toEqual([])
  })

  it('before it there is no account, and no sign-in or sign-up (V6.3.2)', async () => {
    await using app = await anApp(kind, { env: { SIGNUP: 'open' } })
    expect(await app.storage.query('SELECT id FROM users')).toEqual([])
    const browser = aBrowser(app)
    expect((await browser.open('/signup')).status).toBe(404)
    expect((await browser.signIn({ email: 'admin', password: 'admin' })).status).toBe(401)
    expect(textOf(await browser.open('/'))).toContain('No account exists yet')
  })
})
