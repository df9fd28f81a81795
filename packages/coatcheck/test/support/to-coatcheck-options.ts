import type { CoatcheckOptions } from 'coatcheck/hono'
import { createMemorySessionStore } from 'coatcheck/memory'
import type { AdapterScenarioApp } from 'coatcheck/testing-contracts'

/** The options of `coatcheck` with which a scenario runs. */
export function toCoatcheckOptions(scenario: AdapterScenarioApp): CoatcheckOptions<object> {
  const { cache, ...sessions } = scenario.sessions
  const store = scenario.observeStore(createMemorySessionStore())
  const { channel = null, ...cacheOptions } = cache ?? {}
  return {
    ...scenario.security,
    ...scenario.web,
    ...sessions,
    store: { open: async () => ({ store, channel, async close() {} }) },
    data: { initial: {} },
    cache: cache === undefined ? false : cacheOptions,
  }
}
