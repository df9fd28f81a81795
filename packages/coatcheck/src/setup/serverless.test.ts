import { Hono } from 'hono'
import { afterEach, expect, it, vi } from 'vitest'
import { coatcheck } from '../frameworks/hono/coatcheck.ts'
import { memory } from '../memory.ts'
import { createFakeClock, signInForTest } from '../testing.ts'

afterEach(() => vi.restoreAllMocks())

/** Handles one request and returns how many timers it started. */
async function countTimers(activityWrites: 'batched' | 'immediate'): Promise<number> {
  const clock = createFakeClock()
  const keys = ['at least thirty-two bytes of test keys']
  const options = { store: memory(), baseUrl: 'http://localhost', keys, clock, activityWrites }
  const auth = coatcheck(options)
  const app = new Hono().use(auth.protect).get('/', auth.requireSession, (c) => c.text('ok'))
  const timers = [vi.spyOn(globalThis, 'setTimeout'), vi.spyOn(globalThis, 'setInterval')]
  const { headers } = await signInForTest(auth, { userId: 'ada' })
  clock.advance(60_000)
  expect((await app.request('/', { headers })).status).toBe(200)
  const count = timers.reduce((sum, { mock }) => sum + mock.calls.length, 0)
  await auth.close()
  return count
}

it('coatcheck starts no timer on a serverless platform, for activity or sweeps', async () => {
  expect(await countTimers('immediate')).toBe(0)
  expect(await countTimers('batched')).toBeGreaterThan(0)
})
