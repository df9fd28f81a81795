import type { Grant, Grants, IssuedTokens } from 'coatcheck/grants'
import type { ConnectedGrant, ConnectedGrants } from '../../application/ports/connected-grants.ts'
import type { GrantTokens, UserGrants } from '../../application/ports/grants.ts'
import { knownScopes } from '../../domain/scope.ts'

/** Issues, verifies and ends grants with the library. */
export function createUserGrants(grants: Grants): UserGrants {
  return {
    async issue(request) {
      const outcome = await grants.issue(request)
      if (outcome.status === 'refused') return { status: 'refused' }
      return { status: 'issued', tokens: toTokens(outcome) }
    },
    async refresh(request) {
      const outcome = await grants.refresh(request)
      if (outcome.status === 'refreshed') return { status: 'refreshed', tokens: toTokens(outcome) }
      const isScope = outcome.reason === 'scope-not-granted' || outcome.reason === 'scope-differs'
      return { status: 'rejected', reason: isScope ? 'scope-not-granted' : 'invalid' }
    },
    async verify(accessToken) {
      const verification = await grants.verify(accessToken)
      if (verification.status === 'ended') return { status: 'rejected', wasActive: true }
      if (verification.status === 'none') {
        return { status: 'rejected', wasActive: verification.reason === 'expired' }
      }
      const { grant, scopes, expiresAt } = verification
      const { id: grantId, userId, clientId, authenticatedAt, createdAt } = grant
      const details = { grantId, userId, clientId, authenticatedAt, createdAt, expiresAt }
      return { status: 'active', ...details, scopes: knownScopes(scopes) }
    },
    async inspect(token) {
      const inspection = await grants.inspect(token)
      if (inspection.kind === 'none') return null
      const { kind, grant, scopes, expiresAt } = inspection
      const { id: grantId, userId, clientId, createdAt } = grant
      return { kind, grantId, userId, clientId, scopes: knownScopes(scopes), createdAt, expiresAt }
    },
    async revokeToken(token, clientId) {
      await grants.revokeToken({ token, clientId })
    },
    async end(userId, grantId, reason) {
      await grants.revoke(userId, grantId, { reason })
    },
    async endAllOfClient(clientId, operatorId) {
      await grants.revokeAllOfClient(clientId, { reason: 'ended-by-operator', by: operatorId })
    },
  }
}

/** Lists and ends the grants of a user, for that user. */
export function createConnectedGrants(
  grants: Pick<Grants, 'list' | 'revoke' | 'revokeAllForUser'>,
): ConnectedGrants {
  return {
    async list(userId) {
      return (await grants.list(userId)).map(toConnectedGrant)
    },
    async end(userId, grantId) {
      const ended = await grants.revoke(userId, grantId, endedBy(userId))
      return ended?.clientId ?? null
    },
    async endAll(userId) {
      return (await grants.revokeAllForUser(userId, endedBy(userId))).length
    },
  }
}

function endedBy(userId: string) {
  return { reason: 'ended-by-user', by: userId } as const
}

function toTokens({ grant, scopes, ...tokens }: IssuedTokens): GrantTokens {
  const { accessToken, accessTokenExpiresAt, refreshToken } = tokens
  const { id: grantId, userId, createdAt } = grant
  const issued = { accessToken, accessTokenExpiresAt, refreshToken }
  return { grantId, userId, createdAt, ...issued, scopes: knownScopes(scopes) }
}

function toConnectedGrant(grant: Grant): ConnectedGrant {
  const { id, clientId, scopes, createdAt, lastRefreshedAt, expiresAt } = grant
  return { id, clientId, scopes: knownScopes(scopes), createdAt, lastRefreshedAt, expiresAt }
}
