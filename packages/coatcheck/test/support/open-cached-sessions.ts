import { vi } from 'vitest'
import type { CacheOptions, SessionEvent, Sessions, SessionsOptions } from '../../src/index.ts'
import type { SessionStore } from '../../src/ports/session-store.ts'
import { createSessions } from '../../src/sessions/create-sessions.ts'
import {
  createMemorySessionStore,
  type MemorySessionStore,
} from '../../src/stores/memory/session-store.ts'
import { createFakeClock, type FakeClock } from '../../src/testing/fake-clock.ts'
import { type ControllableChannel, createControllableChannel } from './controllable-channel.ts'
import { type Cart, spyOn } from './open-sessions.ts'

/** One process of several on one memory store, each with a cache of its own. */
export interface CachedNode {
  readonly sessions: Sessions<Cart>
  /** Names of the store's methods in the order of their calls. */
  readonly calls: string[]
  readonly channelControl: ControllableChannel
  readonly events: SessionEvent[]
}

export interface CachedNodes extends AsyncDisposable {
  readonly memoryStore: MemorySessionStore
  readonly clock: FakeClock
  /** Lets time pass on every clock, in steps so small that nobody takes it for a stop. */
  advance(milliseconds: number): void
  /** Moves the clocks at once, as for a process that was stopped. */
  pauseProcess(milliseconds: number): void
  node(options?: NodeOptions): CachedNode
}

export interface NodeOptions {
  readonly cache?: Partial<CacheOptions>
  readonly options?: Partial<SessionsOptions<Cart>>
  /** Stands between the sessions and the store. */
  readonly wrapStore?: (store: SessionStore) => SessionStore
}

const step = 10

/** Timers are fake: time passes when the test says so. */
export function openCachedNodes(): CachedNodes {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'setTimeout', 'clearTimeout'] })
  const memoryStore = createMemorySessionStore()
  const clock = createFakeClock()
  const opened: Sessions<Cart>[] = []
  let monotonic = 5_000

  function advanceClocks(milliseconds: number): void {
    clock.advance(milliseconds)
    monotonic += milliseconds
  }

  return {
    memoryStore,
    clock,
    advance(milliseconds) {
      for (let passed = 0; passed < milliseconds; passed += step) {
        const length = Math.min(step, milliseconds - passed)
        advanceClocks(length)
        vi.advanceTimersByTime(length)
      }
    },
    pauseProcess: advanceClocks,
    node({ cache = {}, options = {}, wrapStore = (store) => store }: NodeOptions = {}) {
      const { store, calls } = spyOn(memoryStore)
      const channelControl = createControllableChannel(memoryStore.revocations)
      const events: SessionEvent[] = []
      const sessions = createSessions<Cart>({
        data: { initial: {} },
        ...options,
        store: wrapStore(store),
        clock,
        events: [(event) => events.push(event)],
        cache: {
          channel: channelControl.channel,
          monotonicClock: { now: () => monotonic },
          ...cache,
        },
      })
      opened.push(sessions)
      return { sessions, calls, channelControl, events }
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(opened.map((each) => each.close()))
      vi.useRealTimers()
    },
  }
}
