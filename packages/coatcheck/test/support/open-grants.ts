import type { GrantEvent } from '../../src/domain/grant-events.ts'
import { createGrants } from '../../src/grants/create-grants.ts'
import type {
  GrantRequest,
  Grants,
  IssuedTokens,
  RefreshOutcome,
  RefreshRequest,
} from '../../src/grants/grants.ts'
import type { GrantsOptions } from '../../src/grants/options.ts'
import type { GrantStore } from '../../src/ports/grant-store.ts'
import { createMemoryGrantStore } from '../../src/stores/memory/grant-store.ts'
import { anInstant } from '../../src/testing/builders.ts'
import { createFakeClock, type FakeClock } from '../../src/testing/fake-clock.ts'

export interface OpenedGrants {
  readonly grants: Grants
  readonly store: GrantStore
  readonly clock: FakeClock
  readonly events: GrantEvent[]
  /** Names of the called store methods, in order. */
  readonly calls: string[]
}

/** Opens grants on a memory store, with a fake clock. */
export function openGrants(
  options: GrantsOptions & { readonly store?: GrantStore; readonly clock?: FakeClock } = {},
): OpenedGrants {
  const { store = createMemoryGrantStore(), clock = createFakeClock(), ...rest } = options
  const events: GrantEvent[] = []
  const { spied, calls } = spyOnGrants(store)
  const sink = (event: GrantEvent) => events.push(event)
  const grants = createGrants(spied, { ...rest, clock, events: [sink] })
  return { grants, store, clock, events, calls }
}

/** Records the calls of a store. */
export function spyOnGrants<Store extends GrantStore>(store: Store) {
  const calls: string[] = []
  const spied = new Proxy(store, {
    get(target, name) {
      const method: unknown = Reflect.get(target, name)
      if (typeof method !== 'function') return method
      return (...args: unknown[]) => {
        calls.push(String(name))
        return Reflect.apply(method, target, args)
      }
    },
  })
  return { spied, calls }
}

/** A grant of Ada to the command line client, with overrides. */
export function aGrantRequest(overrides: Partial<GrantRequest> = {}): GrantRequest {
  return {
    userId: 'ada',
    clientId: 'cli',
    scopes: ['links:read', 'links:write'],
    authenticatedAt: anInstant - 60_000,
    authorizedAt: anInstant,
    ...overrides,
  }
}

/** Issues a grant, and throws if it is refused. */
export async function issueGrant(
  grants: Grants,
  overrides: Partial<GrantRequest> = {},
): Promise<IssuedTokens> {
  const outcome = await grants.issue(aGrantRequest(overrides))
  if (outcome.status === 'issued') return outcome
  throw new Error(`The grant was refused: ${outcome.reason}`)
}

/** Refreshes as the command line client. */
export function refreshAs(
  grants: Grants,
  refreshToken: string,
  overrides: Partial<RefreshRequest> = {},
): Promise<RefreshOutcome> {
  return grants.refresh({ refreshToken, clientId: 'cli', ...overrides })
}

/** Returns the new tokens, and throws if they were refused. */
export function requireRefreshed(outcome: RefreshOutcome): IssuedTokens {
  if (outcome.status === 'refreshed') return outcome
  throw new Error(`The refresh was rejected: ${outcome.reason}`)
}
