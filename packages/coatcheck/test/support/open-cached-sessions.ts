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

/** One of several simulated processes on one memory store, with its own cache. */
export interface CachedNode {
  readonly sessions: Sessions<Cart>
  /** Names of the called store methods, in order. */
  readonly calls: string[]
  readonly channelControl: ControllableChannel
  readonly events: SessionEvent[]
}

export interface CachedNodes extends AsyncDisposable {
  readonly memoryStore: MemorySessionStore
  readonly clock: FakeClock
  /** Advances every clock, in steps too small to be detected as a paused process. */
  advance(milliseconds: number): void
  /** Advances the clocks in one step and runs no timers, like a paused process. */
  pauseProcess(milliseconds: number): void
  node(options?: NodeOptions): CachedNode
}

export interface NodeOptions {
  readonly cache?: Partial<CacheOptions>
  readonly options?: Partial<SessionsOptions<Cart>>
  /** Wraps the store for the sessions. */
  readonly wrapStore?: (store: SessionStore) => SessionStore
}

const step = 10

/** Uses fake timers: time passes only by `advance` and `pauseProcess`. */
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
