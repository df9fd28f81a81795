import { afterEach, expect, it, vi } from 'vitest'
import { createMemorySessionStore } from '../stores/memory/session-store.ts'
import { createSessions } from './create-sessions.ts'

afterEach(() => {
  vi.unstubAllGlobals()
})

it('records activity and sweeps where timers are numbers, as on older Workers', async () => {
  const delays: unknown[] = []
  vi.stubGlobal('setTimeout', (_: unknown, delay: unknown) => delays.push(delay))
  let now = 0
  const sessions = createSessions({
    store: createMemorySessionStore(),
    data: { initial: {} },
    clock: { now: () => now },
  })
  const signedIn = await sessions.signIn({ userId: 'ada' })
  if (signedIn.status !== 'signed-in') throw new Error(signedIn.status)
  now = 600_000

  expect((await sessions.verify(signedIn.token)).status).toBe('active')
  expect(delays).toHaveLength(1)

  sessions.startSweeping()
  expect(delays).toHaveLength(2)
  await sessions.close()
})
