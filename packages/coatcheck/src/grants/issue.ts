import { isSessionError, SessionError } from '../domain/errors.ts'
import type { AccessTokenRecord, GrantRecord } from '../domain/grant.ts'
import { type OptionNames, requireCallOptions } from '../domain/options.ts'
import { requireArgument } from '../domain/storable.ts'
import { areScopes } from '../domain/storable-grant.ts'
import type { Instant } from '../domain/time.ts'
import { type Secret, secretBytes, secretFrom } from '../domain/token.ts'
import { hashSecret } from '../sessions/secret.ts'
import { type GrantsContext, reportRevoked, requireClient, requireGrantUser } from './context.ts'
import type { GrantRequest, Grants, IssuedTokens } from './grants.ts'
import { loadGrant } from './loaded-grant.ts'
import { type GrantTimeouts, resolveGrantTimeouts } from './resolve-options.ts'
import { newFamily, newGrantId } from './tokens.ts'

const requestNames: OptionNames<GrantRequest> = {
  userId: true,
  clientId: true,
  scopes: true,
  authenticatedAt: true,
  authorizedAt: true,
  timeouts: true,
}

/** The secret parts of the tokens of a grant. */
export interface IssuedSecrets {
  readonly access: Secret
  readonly family: string
  readonly refresh: Secret
}

/** Creates grants. */
export function createIssue(context: GrantsContext): Grants['issue'] {
  const { store, report, random, clock } = context

  return async function issue(request) {
    const timeouts = requireRequest(context, request)
    const at = clock.now()
    const newSecret = () => secretFrom(random.bytes(secretBytes))
    const secrets = { access: newSecret(), family: newFamily(random), refresh: newSecret() }
    const record = toRecord(context, request, { at, timeouts, secrets })
    const insertion = {
      record,
      authorizedAt: request.authorizedAt,
      limit: context.maxGrantsPerClient,
    }
    const outcome = await store.insert(insertion)
    if (outcome.status === 'refused') return outcome
    reportRevoked(report, outcome.ended, { at, by: null })
    const { id: grantId, userId, clientId, scopes } = record
    report({ type: 'grant-created', at, grantId, userId, clientId, scopes })
    return { status: 'issued', ...toIssuedTokens(context, record, secrets) }
  }
}

function requireRequest(context: GrantsContext, request: GrantRequest): GrantTimeouts {
  requireCallOptions('issue', request, requestNames)
  const { userId, clientId, scopes, authenticatedAt, authorizedAt, timeouts } = request
  requireGrantUser(userId)
  requireClient(clientId)
  requireScopes(scopes)
  const areInstants = [authenticatedAt, authorizedAt].every(Number.isSafeInteger)
  requireArgument(areInstants, 'authenticatedAt and authorizedAt must be whole milliseconds')
  return timeouts === undefined ? context.timeouts : resolveCallTimeouts(context, timeouts)
}

/** As the option, but a wrong value is an argument of this call. */
function resolveCallTimeouts(
  { timeouts: defaults }: GrantsContext,
  timeouts: NonNullable<GrantRequest['timeouts']>,
): GrantTimeouts {
  try {
    return resolveGrantTimeouts(timeouts, defaults)
  } catch (error) {
    if (!isSessionError(error)) throw error
    throw new SessionError('invalid-argument', error.message)
  }
}

/** Throws `invalid-argument` unless these are scopes, each once. */
export function requireScopes(scopes: readonly string[]): void {
  requireArgument(
    areScopes(scopes),
    'scopes must be a list of up to 100 scopes, each once, of the characters that RFC 6749 section 3.3 allows',
  )
}

interface NewGrant {
  readonly at: Instant
  readonly timeouts: GrantTimeouts
  readonly secrets: IssuedSecrets
}

function toRecord(
  context: GrantsContext,
  request: GrantRequest,
  { at, timeouts, secrets }: NewGrant,
): GrantRecord {
  const { userId, clientId, scopes, authenticatedAt } = request
  return {
    id: newGrantId(context.random),
    userId,
    clientId,
    scopes: [...scopes],
    authenticatedAt,
    createdAt: at,
    expiresAt: at + timeouts.absolute,
    lastRefreshedAt: at,
    idleTimeout: timeouts.idle,
    familyHash: hashSecret(secrets.family),
    refreshSecretHash: hashSecret(secrets.refresh),
    accessToken: toAccessToken(context, { secret: secrets.access, scopes, at }),
    previousAccessToken: null,
    rotation: null,
    endedAt: null,
    endReason: null,
    endedBy: null,
  }
}

/** An access token as stored. If the grant ends before it, `loadGrant` shortens it. */
export function toAccessToken(
  { accessTokenTimeout }: GrantsContext,
  token: { readonly secret: Secret; readonly scopes: readonly string[]; readonly at: Instant },
): AccessTokenRecord {
  const { secret, scopes, at } = token
  const expiresAt = at + accessTokenTimeout
  return { secretHash: hashSecret(secret), scopes: [...scopes], expiresAt }
}

/** The tokens of a grant, whose record has the hashes of these secrets. */
export function toIssuedTokens(
  { tokens }: GrantsContext,
  record: GrantRecord,
  { access, family, refresh }: IssuedSecrets,
): IssuedTokens {
  const { grant, current } = loadGrant(record)
  return {
    accessToken: tokens.formatAccessToken(record.id, access),
    accessTokenExpiresAt: current.expiresAt,
    scopes: current.verification.scopes,
    refreshToken: tokens.formatRefreshToken(record.id, family, refresh),
    grant,
  }
}
