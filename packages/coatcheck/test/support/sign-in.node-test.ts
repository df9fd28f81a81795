import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createWebSessions } from '../../src/http.ts'
import { createSessions } from '../../src/index.ts'
import { createMemorySessionStore } from '../../src/memory.ts'
import { createFakeClock, signInForTest } from '../../src/testing.ts'

test('a user of a test is signed in until the clock has passed the idle timeout', async () => {
  const clock = createFakeClock()
  const store = createMemorySessionStore()
  const sessions = createSessions({ store, clock, data: { initial: {} } })
  const keys = ['at least thirty-two bytes of test keys']
  const web = createWebSessions(sessions, { baseUrl: 'http://localhost', keys, clock })
  const { headers } = await signInForTest({ web }, { userId: 'ada' })
  const request = new Request(web.origin, { headers })

  assert.equal((await web.open(request, null).session())?.userId, 'ada')
  clock.advance(31 * 60_000)
  assert.equal(await web.open(request, null).session(), null)
})
