export type {
  AccessTokenRecord,
  BuiltInGrantEndReason,
  Grant,
  GrantEndReason,
  GrantId,
  GrantRecord,
  RefreshRotation,
} from './domain/grant.ts'
export type { GrantEvent, GrantEventSink, GrantTokenRejection } from './domain/grant-events.ts'
export { createGrants } from './grants/create-grants.ts'
export type {
  AccessVerification,
  ActiveGrant,
  GrantRequest,
  GrantRevocation,
  GrantSweepResult,
  Grants,
  GrantTimeoutOptions,
  Inspection,
  IssuedTokens,
  IssueOutcome,
  RefreshOutcome,
  RefreshRejection,
  RefreshRequest,
  TokenRevocation,
} from './grants/grants.ts'
export type { GrantsOptions } from './grants/options.ts'
export type {
  EndedGrant,
  GrantEnding,
  GrantInsertion,
  GrantInsertOutcome,
  GrantRotation,
  GrantStore,
  GrantSweep,
  GrantSweepOutcome,
} from './ports/grant-store.ts'
