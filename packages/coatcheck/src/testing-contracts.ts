export type {
  AdapterScenarioApp,
  ScenarioExchange,
  ScenarioGuard,
  ScenarioOutcome,
  ScenarioRequest,
  ScenarioRoute,
  ScenarioRouteResponse,
  StartAdapter,
  StartedAdapter,
} from './testing/adapter/app.ts'
export type { AdapterContractCase } from './testing/adapter/case.ts'
export { adapterContractCases, describeAdapterContract } from './testing/adapter/contract.ts'
export type { ContractCase, NotRun } from './testing/contract-case.ts'
export type {
  GrantStoreContractCase,
  OpenedGrantStore,
  OpenGrantStore,
} from './testing/grant-store/case.ts'
export {
  describeGrantStoreContract,
  grantStoreContractCases,
} from './testing/grant-store/contract.ts'
export type {
  OpenedRevocationChannel,
  OpenRevocationChannel,
  RevocationChannelContractCase,
} from './testing/revocation-channel/case.ts'
export {
  describeRevocationChannelContract,
  revocationChannelContractCases,
} from './testing/revocation-channel/contract.ts'
export type {
  OpenedSessionStore,
  OpenedTransaction,
  OpenSessionStore,
  SessionStoreContractCase,
} from './testing/session-store/case.ts'
export {
  describeSessionStoreContract,
  describeSessionTransactionContract,
  sessionStoreContractCases,
} from './testing/session-store/contract.ts'
