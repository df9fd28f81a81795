import {
  createSessions,
  type SessionEvent,
  type Sessions,
  type SessionsOptions,
} from '../../src/index.ts'
import type { SessionStore } from '../../src/ports/session-store.ts'
import { createMemorySessionStore } from '../../src/stores/memory/session-store.ts'
import { createFakeClock, type FakeClock } from '../../src/testing/fake-clock.ts'

export interface Cart {
  readonly items?: number
  readonly note?: string
  readonly [key: string]: unknown
}

/** Sessions on a memory store with a fake clock and recorded events. */
export interface OpenedSessions {
  readonly sessions: Sessions<Cart>
  readonly clock: FakeClock
  readonly store: SessionStore
  readonly events: SessionEvent[]
}

export function openSessions(
  options: Partial<Omit<SessionsOptions<Cart>, 'events' | 'clock'>> = {},
): OpenedSessions {
  const clock = createFakeClock()
  const events: SessionEvent[] = []
  const store = options.store ?? createMemorySessionStore()
  const sessions = createSessions<Cart>({
    data: { initial: {} },
    ...options,
    store,
    clock,
    events: [(event) => events.push(event)],
  })
  return { sessions, clock, store, events }
}

/** Signs a user in and returns the issued session and token. */
export async function signIn(sessions: Sessions<Cart>, userId = 'user-1', rest: object = {}) {
  const outcome = await sessions.signIn({ userId, ...rest })
  if (outcome.status !== 'signed-in') throw new Error(`sign-in refused: ${outcome.reason}`)
  return outcome
}

/** Wraps a store and records the names of the called methods, in order. */
export function spyOn(store: SessionStore): { store: SessionStore; calls: string[] } {
  const calls: string[] = []
  const spied = new Proxy(store, {
    get(target, name, receiver) {
      const value: unknown = Reflect.get(target, name, receiver)
      if (typeof value !== 'function') return value
      return (...args: unknown[]) => {
        calls.push(String(name))
        return value.apply(target, args)
      }
    },
  })
  return { store: spied, calls }
}
