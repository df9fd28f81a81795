export { checkSessionsUnderFaults } from './testing/chaos/check-sessions.ts'
export { checkStoresUnderFaults } from './testing/chaos/check-stores.ts'
export {
  type FaultScope,
  type PlannedFault,
  plannedFaults,
  type WorkerFault,
} from './testing/chaos/fault.ts'
export type { Parameters as WorkerParameters } from './testing/chaos/messages.ts'
export { type Address, type FaultProxy, startFaultProxy } from './testing/chaos/proxy.ts'
export type { DatabaseFault } from './testing/chaos/run-work.ts'
export type { ChaosOptions, ChaosReport, ChaosSubject } from './testing/chaos/subject.ts'
export { type OpenWorkerStores, runChaosWorker, type WorkerStores } from './testing/chaos/worker.ts'
