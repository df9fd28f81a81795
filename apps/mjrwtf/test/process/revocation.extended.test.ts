import { setTimeout } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { type DatabaseProxy, startDatabaseProxy } from '../../../../tools/testing/database-proxy.ts'
import { freePort } from '../../../../tools/testing/free-port.ts'
import type { Browser } from '../support/browser.ts'
import { type DatabaseKind, databases, openStorage } from '../support/storage.ts'
import {
  environmentFor,
  operator,
  sameBrowserAt,
  sessionStatus,
  setUp,
  signIn,
} from './support/accounts.ts'
import { type Program, startProgram } from './support/program.ts'

/**
 * How long a session may be served from the cache without a heartbeat, in ms: the library's
 * default.
 */
const lease = 2_000

/** Two programs on one database; the second connects to PostgreSQL through a proxy. */
async function open(kind: DatabaseKind) {
  const storage = await openStorage(kind)
  const proxy = kind === 'postgres' ? await startDatabaseProxy(storage.url) : null
  const env = environmentFor(storage, { BASE_URL: `http://localhost:${await freePort()}` })
  const one = await startProgram({ env })
  const other = await startProgram({ env: { ...env, DATABASE_URL: proxy?.url ?? storage.url } })
  other.addSecret(operator.password, 'password')
  await setUp(one)
  return {
    one,
    other,
    async [Symbol.asyncDispose]() {
      await one[Symbol.asyncDispose]()
      await other[Symbol.asyncDispose]()
      await proxy?.[Symbol.asyncDispose]()
      await storage[Symbol.asyncDispose]()
    },
    proxy,
  }
}

/** A session created at one program and cached by the other. */
async function cachedAt(other: Program, one: Program) {
  const here = await signIn(one)
  const there = sameBrowserAt(other, here)
  for (let times = 0; times < 3; times += 1) expect(await sessionStatus(there)).toBe(200)
  return { here, there }
}

async function signOut(browser: Browser): Promise<number> {
  const { status } = await browser.submit('/logout', {}, { on: '/dashboard' })
  expect(status).toBe(303)
  return performance.now()
}

interface Seen {
  readonly startedAt: number
  readonly status: number
}

/** Polls the session with three concurrent clients for a duration in ms. */
async function pollRepeatedly(browser: Browser, duration: number): Promise<readonly Seen[]> {
  const seen: Seen[] = []
  const until = performance.now() + duration
  async function pollStatus(): Promise<void> {
    while (performance.now() < until) {
      const startedAt = performance.now()
      seen.push({ startedAt, status: await sessionStatus(browser) })
      await setTimeout(5)
    }
  }
  await Promise.all([pollStatus(), pollStatus(), pollStatus()])
  return seen
}

describe.each(databases)('session ended by another process, %s', (kind) => {
  it('is rejected within the lease, by notification', async () => {
    await using opened = await open(kind)
    for (let round = 0; round < 5; round += 1) {
      const { here, there } = await cachedAt(opened.other, opened.one)
      const endedAt = await signOut(here)
      await expect.poll(() => sessionStatus(there), { interval: 2 }).toBe(401)
      expect(performance.now() - endedAt).toBeLessThan(lease)
      // It stays rejected.
      expect(await sessionStatus(there)).toBe(401)
    }
  })

  it.each([60, lease + 300])(
    'is rejected by a process that was paused for %i ms',
    async (length) => {
      await using opened = await open(kind)
      const { one, other } = opened
      for (let round = 0; round < 2; round += 1) {
        const { here, there } = await cachedAt(other, one)
        other.signal('SIGSTOP')
        // Sent before the end and read after it: the first request that the process finds.
        const early = sessionStatus(there)
        await setTimeout(10)
        await signOut(here)
        const late = sessionStatus(there)
        await setTimeout(length)
        other.signal('SIGCONT')
        expect(await Promise.all([early, late])).toEqual([401, 401])
      }
    },
  )
})

describe('session ended while the connection to the database is broken', () => {
  type Breakage = readonly [name: string, (proxy: DatabaseProxy) => Promise<void> | void]

  it.each<Breakage>([
    ['cut', (proxy) => proxy.cut()],
    ['silent', (proxy) => proxy.silence()],
    ['slow by 5 s', (proxy) => proxy.delay(5_000)],
  ])('is accepted no longer than the lease: %s', async (_, breakConnection) => {
    await using opened = await open('postgres')
    const { one, other, proxy } = opened
    if (proxy === null) throw new Error('no proxy')
    const { here, there } = await cachedAt(other, one)

    await breakConnection(proxy)
    const endedAt = await signOut(here)
    const seen = await pollRepeatedly(there, lease + 1_500)

    const late = seen.filter(({ startedAt }) => startedAt > endedAt + lease)
    expect(late.filter(({ status }) => status === 200)).toEqual([])
    // The session cannot be read, which is not reported as signed out.
    expect(new Set(seen.map(({ status }) => status))).not.toContain(401)
    await proxy.restore()
    await expect.poll(() => sessionStatus(there)).toBe(401)
  })
})
