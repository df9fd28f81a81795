import { randomBytes } from 'node:crypto'
import { assuranceLevelOf } from '../domain/authentication.ts'
import type { AccessTokenRecord, GrantId, GrantRecord } from '../domain/grant.ts'
import type { PendingSignInId, PendingSignInRecord } from '../domain/pending-sign-in.ts'
import type { SecretHash, SessionId, SessionRecord } from '../domain/session.ts'
import { day, type Instant, minute } from '../domain/time.ts'

/** 2026-01-15T09:30:00.123Z: the default instant of the builders and of the fake clock. */
export const anInstant: Instant = Date.UTC(2026, 0, 15, 9, 30, 0, 123)

/** Returns a random session id in the format that the library issues. */
export function aSessionId(): SessionId {
  return toSessionId(randomBytes(16).toString('base64url'))
}

/** Returns any text as a session id, well-formed or not. */
export function toSessionId(text: string): SessionId {
  return text as SessionId
}

/** Returns a random secret hash. */
export function aSecretHash(): SecretHash {
  return new Uint8Array(randomBytes(32))
}

/**
 * Returns a session with a random id that has not ended, with overrides. Its instants follow
 * `createdAt` (default `anInstant`): it expires a day later, or after 30 idle minutes.
 */
export function aSessionRecord(overrides: Partial<SessionRecord> = {}): SessionRecord {
  const createdAt = overrides.createdAt ?? anInstant
  return {
    id: aSessionId(),
    secretHash: aSecretHash(),
    previousSecretHash: null,
    previousSecretExpiresAt: null,
    rotatedAt: null,
    userId: `user-${aSessionId()}`,
    createdAt,
    expiresAt: createdAt + day,
    lastActivityAt: createdAt,
    idleTimeout: 30 * minute,
    authenticatedAt: createdAt,
    methods: [],
    previousMethods: [],
    assuranceLevel: assuranceLevelOf(overrides.methods ?? []),
    remembered: false,
    ipAddress: '2001:db8::7',
    userAgent: 'Mozilla/5.0 (X11; Linux x86_64)',
    csrfSecret: new Uint8Array(randomBytes(32)),
    data: '{}',
    dataVersion: 0,
    endedAt: null,
    endReason: null,
    endedBy: null,
    ...overrides,
  }
}

/** Returns any text as the id of a pending sign-in, well-formed or not. */
export function toPendingSignInId(text: string): PendingSignInId {
  return text as PendingSignInId
}

/**
 * Returns a pending sign-in with a random id, after a correct password, with overrides. It expires ten minutes
 * after `createdAt` (default `anInstant`). No attempt was counted.
 */
export function aPendingSignInRecord(
  overrides: Partial<PendingSignInRecord> = {},
): PendingSignInRecord {
  const createdAt = overrides.createdAt ?? anInstant
  return {
    id: toPendingSignInId(randomBytes(16).toString('base64url')),
    secretHash: aSecretHash(),
    userId: `user-${aSessionId()}`,
    methods: [{ method: 'pwd', at: createdAt }],
    createdAt,
    expiresAt: createdAt + 10 * minute,
    credentialsCheckedAt: createdAt,
    attempts: 0,
    remember: false,
    state: null,
    ...overrides,
  }
}

/** Returns any text as a grant id, well-formed or not. */
export function toGrantId(text: string): GrantId {
  return text as GrantId
}

/** Returns an access token with a random secret hash and one scope that expires 15 minutes after `anInstant`. */
export function anAccessToken(overrides: Partial<AccessTokenRecord> = {}): AccessTokenRecord {
  return {
    secretHash: aSecretHash(),
    scopes: ['links:read'],
    expiresAt: anInstant + 15 * minute,
    ...overrides,
  }
}

/**
 * Returns a grant with a random id that has not ended or been refreshed, with overrides. Its instants follow `createdAt`
 * (default `anInstant`): it expires a year later, or 30 days after the last refresh.
 */
export function aGrantRecord(overrides: Partial<GrantRecord> = {}): GrantRecord {
  const createdAt = overrides.createdAt ?? anInstant
  return {
    id: toGrantId(randomBytes(16).toString('base64url')),
    userId: `user-${aSessionId()}`,
    clientId: `client-${aSessionId()}`,
    scopes: ['links:read', 'links:write'],
    authenticatedAt: createdAt - minute,
    createdAt,
    expiresAt: createdAt + 365 * day,
    lastRefreshedAt: createdAt,
    idleTimeout: 30 * day,
    familyHash: aSecretHash(),
    refreshSecretHash: aSecretHash(),
    accessToken: anAccessToken({ expiresAt: createdAt + 15 * minute }),
    previousAccessToken: null,
    rotation: null,
    endedAt: null,
    endReason: null,
    endedBy: null,
    ...overrides,
  }
}
