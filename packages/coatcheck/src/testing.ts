export { anInstant, aSecretHash, aSessionId, aSessionRecord } from './testing/builders.ts'
export { createFakeClock, type FakeClock } from './testing/fake-clock.ts'
