import { afterEach, expect, it, vi } from 'vitest'
import { openSessions } from '../../test/support/open-sessions.ts'
import { hour, second } from '../domain/time.ts'
import { createMemorySessionStore } from '../stores/memory/session-store.ts'

afterEach(() => {
  vi.useRealTimers()
})

/** Sessions whose database answers after `delay` and is `ahead` of this process. */
function openWithDatabaseClock(initial: { readonly ahead: number; readonly delay?: number }) {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  const database = { delay: 0, isFailing: false, ...initial }
  const opened = openSessions({
    store: {
      ...createMemorySessionStore(),
      async currentTime() {
        if (database.isFailing) throw new Error('unavailable')
        opened.clock.advance(database.delay / 2)
        const now = opened.clock.now() + database.ahead
        opened.clock.advance(database.delay / 2)
        return now
      },
    },
  })
  const skews = () =>
    opened.events.flatMap((event) => (event.type === 'clock-skewed' ? [event.skew] : []))
  /** Runs the sweep timer once. */
  const sweep = () => vi.advanceTimersByTimeAsync(hour / 3)
  return { ...opened, database, skews, sweep }
}

it.each([
  [-2_001, [2_001]],
  [2_001, [-2_001]],
  [2_000, []],
  [-2_000, []],
])('reports a database clock %s ms ahead only if that exceeds 2 s', async (ahead, expected) => {
  const { sessions, skews } = openWithDatabaseClock({ ahead })
  sessions.startSweeping()
  await sessions.close()
  expect(skews()).toEqual(expected)
})

it('reports a clock difference that is certainly over 2 s, whatever the time until the answer', async () => {
  const certain = openWithDatabaseClock({ ahead: -3 * second, delay: 900 })
  certain.sessions.startSweeping()
  await certain.sessions.close()
  expect(certain.skews()).toEqual([3 * second])

  const uncertain = openWithDatabaseClock({ ahead: -2.4 * second, delay: 900 })
  uncertain.sessions.startSweeping()
  await uncertain.sessions.close()
  expect(uncertain.skews()).toEqual([])
})

it('ignores a database clock whose answer took more than a second', async () => {
  const { sessions, skews } = openWithDatabaseClock({ ahead: -hour, delay: 1_001 })
  sessions.startSweeping()
  await sessions.close()
  expect(skews()).toEqual([])
})

it('reports a clock difference again only if it changes by more than 2 s or had disappeared', async () => {
  const { sessions, database, skews, sweep } = openWithDatabaseClock({ ahead: -5 * second })
  sessions.startSweeping()
  for (const ahead of [-5, -6.9, -3.1, -8, 0, -8]) {
    database.ahead = ahead * second
    await sweep()
  }
  expect(skews()).toEqual([5 * second, 8 * second, 8 * second])
  await sessions.close()
})

it('keeps sweeping while the database clock cannot be read, and measures it again', async () => {
  const { sessions, database, skews, sweep } = openWithDatabaseClock({ ahead: -5 * second })
  database.isFailing = true
  sessions.startSweeping()
  await sweep()
  expect(skews()).toEqual([])
  database.isFailing = false
  await sweep()
  expect(skews()).toEqual([5 * second])
  await sessions.close()
})
