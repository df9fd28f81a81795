import { vi } from 'vitest'
import type { CacheOptions, SessionEvent, Sessions, SessionsOptions } from '../../src/index.ts'
import type { SessionStore } from '../../src/ports/session-store.ts'
import { createSessions } from '../../src/sessions/create-sessions.ts'
import {
  createMemorySessionStore,
  type MemorySessionStore,
} from '../../src/stores/memory/session-store.ts'
import { createFakeClock, type FakeClock } from '../../src/testing/fake-clock.ts'
import { type HeldChannel, holdable } from './held-channel.ts'
import { type Cart, spyOn } from './open-sessions.ts'

/** One process of several on one memory store, each with a cache of its own. */
export interface CachedNode {
  readonly sessions: Sessions<Cart>
  /** Names of the store's methods in the order of their calls. */
  readonly calls: string[]
  readonly held: HeldChannel
  readonly events: SessionEvent[]
}

export interface CachedNodes extends AsyncDisposable {
  readonly memory: MemorySessionStore
  readonly clock: FakeClock
  /** Lets time pass on every clock, in steps so small that nobody takes it for a stop. */
  pass(milliseconds: number): void
  /** Moves the clocks at once, as for a process that was stopped. */
  stopFor(milliseconds: number): void
  node(options?: NodeOptions): CachedNode
}

export interface NodeOptions {
  readonly cache?: Partial<CacheOptions>
  readonly options?: Partial<SessionsOptions<Cart>>
  /** Stands between the sessions and the store. */
  readonly between?: (store: SessionStore) => SessionStore
}

const step = 10

/** Timers are fake: time passes when the test says so. */
export function openCachedNodes(): CachedNodes {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'setTimeout', 'clearTimeout'] })
  const memory = createMemorySessionStore()
  const clock = createFakeClock()
  const opened: Sessions<Cart>[] = []
  let monotonic = 5_000

  function move(milliseconds: number): void {
    clock.advance(milliseconds)
    monotonic += milliseconds
  }

  return {
    memory,
    clock,
    pass(milliseconds) {
      for (let passed = 0; passed < milliseconds; passed += step) {
        const length = Math.min(step, milliseconds - passed)
        move(length)
        vi.advanceTimersByTime(length)
      }
    },
    stopFor: move,
    node({ cache = {}, options = {}, between = (store) => store }: NodeOptions = {}) {
      const { store, calls } = spyOn(memory)
      const held = holdable(memory.revocations)
      const events: SessionEvent[] = []
      const sessions = createSessions<Cart>({
        data: { initial: {} },
        ...options,
        store: between(store),
        clock,
        events: [(event) => events.push(event)],
        cache: { channel: held.channel, monotonicClock: { now: () => monotonic }, ...cache },
      })
      opened.push(sessions)
      return { sessions, calls, held, events }
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(opened.map((each) => each.close()))
      vi.useRealTimers()
    },
  }
}
