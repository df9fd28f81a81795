import { vi } from 'vitest'
import type { GrantEvent } from '../../src/domain/grant-events.ts'
import { createGrants } from '../../src/grants/create-grants.ts'
import type { Grants } from '../../src/grants/grants.ts'
import type { GrantsOptions } from '../../src/grants/options.ts'
import type { GrantStore } from '../../src/ports/grant-store.ts'
import type { CacheOptions } from '../../src/sessions/options.ts'
import {
  createMemoryGrantStore,
  type MemoryGrantStore,
} from '../../src/stores/memory/grant-store.ts'
import { createFakeClock, type FakeClock } from '../../src/testing/fake-clock.ts'
import { type ControllableChannel, createControllableChannel } from './controllable-channel.ts'
import { spyOnGrants } from './open-grants.ts'

/** One of several simulated processes on one memory store, with its own cache. */
export interface CachedGrantNode {
  readonly grants: Grants
  /** Names of the called store methods, in order. */
  readonly calls: string[]
  readonly channelControl: ControllableChannel
  readonly events: GrantEvent[]
}

export interface GrantNodeOptions {
  readonly cache?: Partial<CacheOptions>
  readonly options?: GrantsOptions
  /** Wraps the store for the grants. */
  readonly wrapStore?: (store: GrantStore) => GrantStore
}

export interface CachedGrantNodes extends AsyncDisposable {
  readonly memoryStore: MemoryGrantStore
  readonly clock: FakeClock
  readonly monotonicClock: { now(): number }
  /** Advances every clock, in steps too small to be detected as a paused process. */
  advance(milliseconds: number): void
  node(options?: GrantNodeOptions): CachedGrantNode
}

const step = 10

/** Uses fake timers: time passes only by `advance`. */
export function openCachedGrants(): CachedGrantNodes {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'setTimeout', 'clearTimeout'] })
  const memoryStore = createMemoryGrantStore()
  const clock = createFakeClock()
  const opened: Grants[] = []
  let monotonic = 5_000
  const monotonicClock = { now: () => monotonic }

  return {
    memoryStore,
    clock,
    monotonicClock,
    advance(milliseconds) {
      for (let passed = 0; passed < milliseconds; passed += step) {
        const length = Math.min(step, milliseconds - passed)
        clock.advance(length)
        monotonic += length
        vi.advanceTimersByTime(length)
      }
    },
    node({ cache = {}, options = {}, wrapStore = (store) => store }: GrantNodeOptions = {}) {
      const { spied, calls } = spyOnGrants(memoryStore)
      const channelControl = createControllableChannel(memoryStore.revocations)
      const events: GrantEvent[] = []
      const grants = createGrants(wrapStore(spied), {
        ...options,
        clock,
        events: [(event) => events.push(event)],
        cache: { channel: channelControl.channel, monotonicClock, ...cache },
      })
      opened.push(grants)
      return { grants, calls, channelControl, events }
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(opened.map((each) => each.close()))
      vi.useRealTimers()
    },
  }
}
