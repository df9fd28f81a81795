import { describe, expect, it } from 'vitest'
import { createHashQueue } from '../src/adapters/passwords/hash-queue.ts'
import type { PasswordHasher } from '../src/application/ports/passwords.ts'
import { aBrowser, aSignedInBrowser } from './support/browser.ts'
import { createFastHasher } from './support/fast-hasher.ts'
import { proxied } from './support/open-app.ts'
import { databases } from './support/storage.ts'
import { anApp } from './support/use-app.ts'

/** From the first `block` on, checks end only when the test releases them. One runs at a time, and `maxQueued` wait. */
function createBlockedHasher(maxQueued: number) {
  const fast = createFastHasher()
  const { promise: released, resolve: release } = Promise.withResolvers<void>()
  const hashes = createHashQueue({ concurrency: 1, maxQueued, maxWait: 2 ** 30 })
  const state = { isBlocked: false, requested: 0 }
  const hasher: PasswordHasher = {
    hash: fast.hash,
    async check(password, stored, ipAddress) {
      state.requested += 1
      const checked = await hashes.run(ipAddress ?? '', async () => {
        if (state.isBlocked) await released
        return fast.check(password, stored, ipAddress)
      })
      return checked ?? { status: 'busy', retryAfterSeconds: 5 }
    },
  }
  return { hasher, state, release }
}

describe.each(databases)('while no password check ends, on %s', (kind) => {
  it('answers health checks, redirects and pages, and rejects further sign-ins with 503', async () => {
    const { hasher, state, release } = createBlockedHasher(3)
    await using app = await anApp(kind, { env: proxied, passwordHasher: hasher })
    const browser = await aSignedInBrowser(app)
    const body = { original_url: 'https://dest.test/', short_code: 'abc' }
    expect((await browser.call('POST', '/api/urls', body)).status).toBe(201)

    Object.assign(state, { isBlocked: true, requested: 0 })
    const signIn = (client: string) =>
      aBrowser(app, [['X-Forwarded-For', client]]).signIn(browser.account)
    const attacker = Array.from({ length: 4 }, () => signIn('203.0.113.7'))
    await expect.poll(() => state.requested).toBe(4)
    expect((await app.send('/health')).status).toBe(200)
    expect((await app.send('/abc')).status).toBe(302)
    expect((await browser.open('/dashboard')).status).toBe(200)

    const rejected = await signIn('203.0.113.7')
    expect([rejected.status, rejected.headers['retry-after']]).toEqual([503, '5'])
    // Another client takes the place of one of them.
    const other = signIn('203.0.113.9')
    const [first] = await Promise.all([
      Promise.race(attacker),
      expect.poll(() => state.requested).toBe(6),
    ])
    expect(first.status).toBe(503)
    release()
    expect((await other).status).toBe(303)
    const statuses = (await Promise.all(attacker)).map(({ status }) => status)
    expect(statuses.toSorted()).toEqual([303, 303, 303, 503])
  })
})
