export { anInstant, aSecretHash, aSessionId, aSessionRecord } from './testing/builders.ts'
export type {
  OpenedSessionStore,
  OpenSessionStore,
  SessionStoreContractCase,
} from './testing/contract-case.ts'
export { createFakeClock, type FakeClock } from './testing/fake-clock.ts'
export {
  describeSessionStoreContract,
  sessionStoreContractCases,
} from './testing/session-store-contract.ts'
