export {
  type AssuranceLevel,
  type AuthenticationMethod,
  assuranceLevelOf,
  type UsedMethod,
} from './domain/authentication.ts'
export { type Client, sameSubnet, unknownClient } from './domain/client.ts'
export type { Duration } from './domain/duration.ts'
export {
  isSessionError,
  isStoreFailure,
  SessionError,
  type SessionErrorCode,
  type StoreFailure,
  type StoreFailureCode,
} from './domain/errors.ts'
export type {
  ChannelFailure,
  CsrfRefusal,
  EventSink,
  InsertRejection,
  RedirectLoopReason,
  RefusedCheck,
  RejectionReason,
  ReportedMethods,
  SessionEvent,
  SharedAddressReason,
  SignInRejection,
} from './domain/events.ts'
export type { Flash } from './domain/flash.ts'
export type { JsonValue, Storable } from './domain/json.ts'
export type {
  PendingSignInId,
  PendingSignInKey,
  PendingSignInRecord,
} from './domain/pending-sign-in.ts'
export type {
  BuiltInEndReason,
  EndReason,
  Expiry,
  OwnEndReason,
  SecretHash,
  Session,
  SessionEnd,
  SessionId,
  SessionRecord,
  UserId,
} from './domain/session.ts'
export type {
  StandardSchema,
  StandardSchemaIssue,
  StandardSchemaResult,
} from './domain/standard-schema.ts'
export type { Instant, Milliseconds } from './domain/time.ts'
export {
  type SessionTimeouts,
  type TimeoutOptions,
  type TimeoutPolicy,
  type TimeoutPreset,
  timeoutPresets,
} from './domain/timeouts.ts'
export type {
  RevocationChannel,
  RevocationListener,
  RevocationSubscription,
  SubscriptionOptions,
} from './ports/revocation-channel.ts'
export type { BackendRequest, OpenedBackend, SessionBackend } from './ports/session-backend.ts'
export type {
  Activity,
  Authentication,
  DataUpdate,
  EndedSession,
  Ending,
  ExpirySweep,
  ExpirySweepOutcome,
  InsertOutcome,
  PendingSignInAddition,
  PendingSignInCount,
  SecretReplacement,
  SessionCap,
  SessionCount,
  SessionCountPage,
  SessionInsertion,
  SessionStore,
  SweepClaim,
} from './ports/session-store.ts'
export {
  type Clock,
  type MonotonicClock,
  type RandomSource,
  systemClock,
  systemMonotonicClock,
  systemRandom,
} from './ports/system.ts'
export type { CacheStatistics, DelayStatistics } from './sessions/cache/verification-cache.ts'
export { createSessions } from './sessions/create-sessions.ts'
export type { WaitUntil } from './sessions/immediate-activity.ts'
export type {
  CacheOptions,
  ClientCheck,
  DataOptions,
  SessionsOptions,
  UnknownTokenOptions,
} from './sessions/options.ts'
export type {
  NoPendingSignIn,
  NoPendingSignInReason,
  PendingSignIn,
  PendingSignInAttempt,
  PendingSignInLookup,
  PendingSignInRequest,
  PendingSignInStart,
} from './sessions/pending-sign-ins.ts'
export type {
  ActiveSession,
  DataChanges,
  IssuedSession,
  NoSessionReason,
  PendingSignInCompletion,
  PendingSignInOutcome,
  PendingSignIns,
  Revocation,
  Rotation,
  RotationOutcome,
  SessionOperations,
  Sessions,
  SignIn,
  SignInOutcome,
  StepUp,
  StepUpReason,
  SweepOutcome,
  Throttled,
  UserRevocation,
  Verification,
  VerifyOptions,
} from './sessions/sessions.ts'
