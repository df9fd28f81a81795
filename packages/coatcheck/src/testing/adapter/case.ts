import { SessionError } from '../../domain/errors.ts'
import type { SessionEvent } from '../../domain/events.ts'
import type { TimeoutOptions } from '../../domain/timeouts.ts'
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

/** The clients, clock and probe of a scenario. */
export interface Scenario {
  /** A browser without cookies. */
  readonly client: ScenarioClient
  /** A second browser without cookies. */
  readonly otherClient: ScenarioClient
  readonly clock: FakeClock
  readonly probe: ScenarioProbe
  /** Closes the sessions; the server keeps running. */
  closeSessions(): Promise<void>
}

/** One guarantee for requests through an adapter, tested with a real server. */
export interface AdapterContractCase {
  readonly theme: string
  readonly name: string
  /** Rejects if the adapter breaks the guarantee. Starts one server and closes it. */
  run(start: StartAdapter): Promise<void>
}

type ScenarioBodies = Readonly<Record<string, (scenario: Scenario) => Promise<void>>>

interface CaseOptions {
  /** Whether sessions are cached. Default `false`. */
  readonly isCached?: boolean
  /** Default: those of the library. */
  readonly timeouts?: TimeoutOptions
  /** Default: that of the library. */
  readonly unknownTokens?: AdapterScenarioApp['sessions']['unknownTokens']
  /** Default: those of the library. */
  readonly web?: Pick<AdapterScenarioApp['web'], 'csrf' | 'trustedOrigins' | 'maxFormSize'>
}

/** Creates the cases of a theme from their names and bodies. */
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
  const probe: ScenarioProbe = {
    store: null,
    events: [],
    storeCalls: [],
    storeFails: false,
    beforeStoreCall: null,
  }
  const started = await start(createScenarioApp(clock, probe, options))
  try {
    const client = createScenarioClient(started.port)
    const otherClient = createScenarioClient(started.port)
    const { closeSessions } = started
    await body({ client, otherClient, clock, probe, closeSessions })
  } finally {
    await started.close()
  }
}

function createScenarioApp(
  clock: FakeClock,
  probe: ScenarioProbe,
  { isCached = false, timeouts, unknownTokens, web = {} }: CaseOptions,
): AdapterScenarioApp {
  const events = [(event: SessionEvent) => probe.events.push(event)]
  const baseUrl = 'https://coatcheck.example'
  const { trustedOrigins } = web
  return {
    routes: scenarioRoutes,
    sessions: {
      clock,
      events,
      ...(timeouts && { timeouts }),
      ...(unknownTokens && { unknownTokens }),
      // The lease uses the fake clock, so that it does not expire on a busy machine.
      ...(isCached && { cache: { channel: silentChannel, monotonicClock: clock } }),
    },
    web: {
      ...web,
      baseUrl,
      keys: ['a key of the adapter contract, of 32 bytes or more'],
      trustedProxies: ['127.0.0.1'],
      clock,
      events,
    },
    security: { baseUrl, ...(trustedOrigins && { trustedOrigins }) },
    observeStore(store) {
      probe.store = store
      return observed(store, probe)
    },
    verifyBearer: async (token) => (token === scenarioBearer ? 'the bearer' : null),
  }
}

/** A channel that is always fresh and sends no notification. */
const silentChannel: RevocationChannel = {
  subscribe: ({ clock }) => ({
    freshAsOf: () => clock.now(),
    requestHeartbeat() {},
    async close() {},
  }),
}

/** Records the calls of a store, and makes them fail as `probe.storeFails` says. */
function observed(store: SessionStore, probe: ScenarioProbe): SessionStore {
  return new Proxy(store, {
    get(target, name) {
      const method = Reflect.get(target, name)
      if (typeof method !== 'function' || typeof name !== 'string') return method
      return async (...args: unknown[]) => {
        probe.storeCalls.push(name)
        await probe.beforeStoreCall?.()
        if (probe.storeFails === true || probe.storeFails === name) {
          throw new SessionError('store-unavailable', 'The adapter contract made the store fail')
        }
        return Reflect.apply(method, target, args)
      }
    },
  })
}
