export {
  aGrantRecord,
  anInstant,
  aSecretHash,
  aSessionId,
  aSessionRecord,
} from './testing/builders.ts'
export { createFakeClock, type FakeClock } from './testing/fake-clock.ts'
export { grantForTest, type IssuedTestGrant, type TestGrant } from './testing/grant.ts'
export { signInForTest, type TestSignIn, type TestUser } from './testing/sign-in.ts'
