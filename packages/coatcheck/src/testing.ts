export { adapterContractCases, describeAdapterContract } from './testing/adapter-contract.ts'
export type {
  AdapterScenarioApp,
  ScenarioAnswer,
  ScenarioExchange,
  ScenarioGuard,
  ScenarioRequest,
  ScenarioRoute,
  StartAdapter,
  StartedAdapter,
} from './testing/adapter-contract-app.ts'
export type { AdapterContractCase } from './testing/adapter-contract-case.ts'
export { anInstant, aSecretHash, aSessionId, aSessionRecord } from './testing/builders.ts'
export type {
  OpenedSessionStore,
  OpenSessionStore,
  SessionStoreContractCase,
} from './testing/contract-case.ts'
export { createFakeClock, type FakeClock } from './testing/fake-clock.ts'
export type {
  OpenedRevocationChannel,
  OpenRevocationChannel,
  RevocationChannelContractCase,
} from './testing/revocation-channel-case.ts'
export {
  describeRevocationChannelContract,
  revocationChannelContractCases,
} from './testing/revocation-channel-contract.ts'
export {
  describeSessionStoreContract,
  sessionStoreContractCases,
} from './testing/session-store-contract.ts'
