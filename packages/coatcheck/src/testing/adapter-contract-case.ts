import { SessionError } from '../domain/errors.ts'
import type { SessionEvent } from '../domain/events.ts'
import type { RevocationChannel } from '../ports/revocation-channel.ts'
import type { SessionStore } from '../ports/session-store.ts'
import {
  type AdapterScenarioApp,
  type ScenarioWatch,
  type StartAdapter,
  scenarioBearer,
} from './adapter-contract-app.ts'
import { createScenarioClient, type ScenarioClient } from './adapter-contract-client.ts'
import { scenarioRoutes } from './adapter-contract-routes.ts'
import { createFakeClock, type FakeClock } from './fake-clock.ts'

/** What a scenario works with. */
export interface Scenario {
  /** A browser with no cookies yet. */
  readonly browser: ScenarioClient
  /** Another one. */
  readonly stranger: ScenarioClient
  readonly clock: FakeClock
  readonly watch: ScenarioWatch
}

/** One thing that must hold for requests through an adapter, run through a real listener. */
export interface AdapterContractCase {
  readonly theme: string
  readonly name: string
  /** Rejects when it does not hold. Starts one server and closes it. */
  run(start: StartAdapter): Promise<void>
}

type Bodies = Readonly<Record<string, (scenario: Scenario) => Promise<void>>>

interface Terms {
  /** Whether sessions are told from memory. Default `false`. */
  readonly isCached?: boolean
  /** Default: the library's. */
  readonly unknownTokens?: AdapterScenarioApp['sessions']['unknownTokens']
}

/** Makes cases of a theme from what must hold and how to see it. */
export function adapterCases(
  theme: string,
  bodies: Bodies,
  terms: Terms = {},
): readonly AdapterContractCase[] {
  return Object.entries(bodies).map(([name, body]) => ({
    theme,
    name,
    run: (start) => runScenario(start, body, terms),
  }))
}

async function runScenario(start: StartAdapter, body: Bodies[string], terms: Terms): Promise<void> {
  const clock = createFakeClock()
  const watch: ScenarioWatch = { store: null, events: [], storeCalls: [], storeFails: false }
  const started = await start(createScenarioApp(clock, watch, terms))
  try {
    const browser = createScenarioClient(started.port)
    const stranger = createScenarioClient(started.port)
    await body({ browser, stranger, clock, watch })
  } finally {
    await started.close()
  }
}

function createScenarioApp(
  clock: FakeClock,
  watch: ScenarioWatch,
  { isCached = false, unknownTokens }: Terms,
): AdapterScenarioApp {
  const events = [(event: SessionEvent) => watch.events.push(event)]
  return {
    routes: scenarioRoutes,
    sessions: {
      clock,
      events,
      ...(unknownTokens && { unknownTokens }),
      // By a clock that stands still: a busy machine must not cost the lease.
      ...(isCached && { cache: { channel: silentChannel, monotonicClock: clock } }),
    },
    web: {
      baseUrl: 'https://coatcheck.example',
      keys: ['a key of the adapter contract, of 32 bytes or more'],
      trustedProxies: ['127.0.0.1'],
      clock,
      events,
    },
    watch(store) {
      watch.store = store
      return watched(store, watch)
    },
    verifyBearer: async (token) => (token === scenarioBearer ? 'the bearer' : null),
  }
}

/** Is always alive, and tells nothing. */
const silentChannel: RevocationChannel = {
  subscribe: ({ clock }) => ({ provenAt: () => clock.now(), prove() {}, async close() {} }),
}

/** The store with its calls written down; while it is told to fail, every call rejects. */
function watched(store: SessionStore, watch: ScenarioWatch): SessionStore {
  return new Proxy(store, {
    get(target, name) {
      const method = Reflect.get(target, name)
      if (typeof method !== 'function' || typeof name !== 'string') return method
      return async (...args: unknown[]) => {
        watch.storeCalls.push(name)
        if (watch.storeFails === true || watch.storeFails === name) {
          throw new SessionError('store-unavailable', 'told to fail by the contract')
        }
        return Reflect.apply(method, target, args)
      }
    },
  })
}
