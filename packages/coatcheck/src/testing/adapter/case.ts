import { SessionError } from '../../domain/errors.ts'
import type { SessionEvent } from '../../domain/events.ts'
import type { RevocationChannel } from '../../ports/revocation-channel.ts'
import type { SessionStore } from '../../ports/session-store.ts'
import { createFakeClock, type FakeClock } from '../fake-clock.ts'
import {
  type AdapterScenarioApp,
  type ScenarioProbe,
  type StartAdapter,
  scenarioBearer,
} from './app.ts'
import { createScenarioClient, type ScenarioClient } from './client.ts'
import { scenarioRoutes } from './routes.ts'

/** What a scenario works with. */
export interface Scenario {
  /** A browser with no cookies yet. */
  readonly client: ScenarioClient
  /** Another one. */
  readonly otherClient: ScenarioClient
  readonly clock: FakeClock
  readonly probe: ScenarioProbe
}

/** One thing that must hold for requests through an adapter, run through a real listener. */
export interface AdapterContractCase {
  readonly theme: string
  readonly name: string
  /** Rejects when it does not hold. Starts one server and closes it. */
  run(start: StartAdapter): Promise<void>
}

type ScenarioBodies = Readonly<Record<string, (scenario: Scenario) => Promise<void>>>

interface CaseOptions {
  /** Whether sessions are told from memory. Default `false`. */
  readonly isCached?: boolean
  /** Default: the library's. */
  readonly unknownTokens?: AdapterScenarioApp['sessions']['unknownTokens']
}

/** Makes cases of a theme from what must hold and how to see it. */
export function adapterCases(
  theme: string,
  bodies: ScenarioBodies,
  options: CaseOptions = {},
): readonly AdapterContractCase[] {
  return Object.entries(bodies).map(([name, body]) => ({
    theme,
    name,
    run: (start) => runScenario(start, body, options),
  }))
}

async function runScenario(
  start: StartAdapter,
  body: ScenarioBodies[string],
  options: CaseOptions,
): Promise<void> {
  const clock = createFakeClock()
  const probe: ScenarioProbe = { store: null, events: [], storeCalls: [], storeFails: false }
  const started = await start(createScenarioApp(clock, probe, options))
  try {
    const client = createScenarioClient(started.port)
    const otherClient = createScenarioClient(started.port)
    await body({ client, otherClient, clock, probe })
  } finally {
    await started.close()
  }
}

function createScenarioApp(
  clock: FakeClock,
  probe: ScenarioProbe,
  { isCached = false, unknownTokens }: CaseOptions,
): AdapterScenarioApp {
  const events = [(event: SessionEvent) => probe.events.push(event)]
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
    observeStore(store) {
      probe.store = store
      return observed(store, probe)
    },
    verifyBearer: async (token) => (token === scenarioBearer ? 'the bearer' : null),
  }
}

/** Is always alive, and tells nothing. */
const silentChannel: RevocationChannel = {
  subscribe: ({ clock }) => ({
    freshAsOf: () => clock.now(),
    requestHeartbeat() {},
    async close() {},
  }),
}

/** The store with its calls written down; while it is told to fail, every call rejects. */
function observed(store: SessionStore, probe: ScenarioProbe): SessionStore {
  return new Proxy(store, {
    get(target, name) {
      const method = Reflect.get(target, name)
      if (typeof method !== 'function' || typeof name !== 'string') return method
      return async (...args: unknown[]) => {
        probe.storeCalls.push(name)
        if (probe.storeFails === true || probe.storeFails === name) {
          throw new SessionError('store-unavailable', 'told to fail by the contract')
        }
        return Reflect.apply(method, target, args)
      }
    },
  })
}
