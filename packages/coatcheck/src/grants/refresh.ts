import { SessionError } from '../domain/errors.ts'
import type { GrantId, GrantRecord } from '../domain/grant.ts'
import { type OptionNames, requireCallOptions } from '../domain/options.ts'
import type { Instant } from '../domain/time.ts'
import { secretBytes } from '../domain/token.ts'
import type { GrantRotation } from '../ports/grant-store.ts'
import { hashPresented, hashSecret, matchesHash } from '../sessions/secret.ts'
import { type GrantsContext, orUnreadable, reportRejected, requireClient } from './context.ts'
import type { Grants, RefreshOutcome, RefreshRequest } from './grants.ts'
import { requireScopes, toAccessToken, toIssuedTokens } from './issue.ts'
import { judgeRefreshToken } from './judge.ts'
import { deriveSecrets, type PresentedRefreshToken } from './tokens.ts'

const requestNames: OptionNames<RefreshRequest> = {
  refreshToken: true,
  clientId: true,
  scopes: true,
}

/** After a lost race, the token is the previous one. Another attempt means that the store contradicts itself. */
const maxAttempts = 3

/** One refresh with a well-formed token. */
interface Attempt {
  readonly presented: PresentedRefreshToken
  readonly presentedAt: Instant
  readonly clientId: string
  /** `null` for all of the grant. */
  readonly scopes: readonly string[] | null
}

/** A token that was judged. */
interface Judged {
  readonly record: GrantRecord
  readonly at: Instant
}

/** Replaces refresh tokens. */
export function createRefresh(context: GrantsContext): Grants['refresh'] {
  const { store, tokens, clock, random, report } = context

  return async function refresh(request) {
    requireCallOptions('refresh', request, requestNames)
    const { refreshToken, clientId, scopes = null } = request
    requireClient(clientId)
    if (scopes !== null) requireScopes(scopes)
    const presented = tokens.parseRefreshToken(refreshToken)
    if (presented === null) return reject('malformed', null)
    const attempt = { presented, presentedAt: clock.now(), clientId, scopes }
    for (let attempts = 0; attempts < maxAttempts; attempts += 1) {
      const outcome = await tryRefresh(attempt)
      if (outcome !== null) return outcome
    }
    const message =
      'The grant store neither replaced a current refresh token nor returned another one'
    throw new SessionError('store-unavailable', message)
  }

  /** Returns `null` if a concurrent change came first. */
  async function tryRefresh(attempt: Attempt): Promise<RefreshOutcome | null> {
    const { id } = attempt.presented
    const loaded = await orUnreadable(context, id, context.read(id))
    if (loaded === 'unreadable') return { status: 'rejected', reason: 'unreadable' }
    if (loaded === null) return reject('unknown', id)
    return conclude(attempt, { record: loaded.record, at: clock.now() })
  }

  async function conclude(attempt: Attempt, judged: Judged): Promise<RefreshOutcome | null> {
    const { record, at } = judged
    const { presented, presentedAt } = attempt
    const judgment = judgeRefreshToken(record, presented, { now: at, presentedAt })
    if (judgment === 'outdated') return endReused(judged)
    if (judgment !== 'current' && judgment !== 'previous') return reject(judgment, record.id)
    if (record.clientId !== attempt.clientId) return reject('wrong-client', record.id)
    const { scopes } = attempt
    if (scopes !== null && !isSubset(scopes, record.scopes)) {
      return { status: 'rejected', reason: 'scope-not-granted' }
    }
    return judgment === 'current' ? rotate(attempt, judged) : repeat(attempt, record)
  }

  async function rotate(
    { presented, scopes }: Attempt,
    { record, at }: Judged,
  ): Promise<RefreshOutcome | null> {
    const salt = random.bytes(secretBytes)
    const secrets = deriveSecrets(presented.secret, salt)
    const granted = inGrantedOrder(record, scopes ?? record.scopes)
    const rotation: GrantRotation = {
      from: record.refreshSecretHash,
      to: hashSecret(secrets.refresh),
      accessToken: toAccessToken(context, { secret: secrets.access, scopes: granted, at }),
      salt,
      at,
      graceExpiresAt: at + context.refreshGrace,
    }
    if (!(await store.rotate(record.id, rotation))) return null
    const { id: grantId, userId, clientId } = record
    report({ type: 'grant-refreshed', at, grantId, userId, clientId, scopes: granted })
    const { accessToken } = rotation
    const lastRefreshedAt = Math.max(at, record.lastRefreshedAt)
    const issued = { access: secrets.access, family: presented.family, refresh: secrets.refresh }
    const replaced = { ...record, accessToken, lastRefreshedAt }
    return { status: 'refreshed', ...toIssuedTokens(context, replaced, issued) }
  }

  /** The tokens of the refresh that has replaced this token. */
  function repeat({ presented, scopes }: Attempt, record: GrantRecord): RefreshOutcome {
    if (record.rotation === null) return { status: 'rejected', reason: 'unreadable' }
    const { access, refresh } = deriveSecrets(presented.secret, record.rotation.salt)
    const isDerived =
      matchesHash(record.accessToken.secretHash, hashPresented(access)) &&
      matchesHash(record.refreshSecretHash, hashPresented(refresh))
    // Another version of the library may have derived them in another way.
    if (!isDerived) return { status: 'rejected', reason: 'unreadable' }
    if (scopes !== null && !isSubset(record.accessToken.scopes, scopes)) {
      return { status: 'rejected', reason: 'scope-differs' }
    }
    const issued = { access, family: presented.family, refresh }
    return { status: 'refreshed', ...toIssuedTokens(context, record, issued) }
  }

  /** Ends the grant, whichever client presented the token, because of the evidence of theft. */
  async function endReused({ record, at }: Judged): Promise<RefreshOutcome> {
    const { id: grantId, userId, clientId } = record
    const ended = await store.end(grantId, { reason: 'refresh-token-reused', at, by: null })
    if (ended === null) return { status: 'rejected', reason: 'ended' }
    report({ type: 'refresh-token-reused', at, grantId, userId, clientId })
    return { status: 'rejected', reason: 'reused' }
  }

  function reject(
    reason: 'malformed' | 'unknown' | 'expired' | 'ended' | 'wrong-client',
    grantId: GrantId | null,
  ): RefreshOutcome {
    const reported = reason === 'ended' ? 'grant-ended' : reason
    reportRejected(context, 'refresh', { reason: reported, grantId })
    return { status: 'rejected', reason }
  }
}

function isSubset(scopes: readonly string[], of: readonly string[]): boolean {
  return scopes.every((scope) => of.includes(scope))
}

function inGrantedOrder(record: GrantRecord, scopes: readonly string[]): readonly string[] {
  return record.scopes.filter((scope) => scopes.includes(scope))
}
