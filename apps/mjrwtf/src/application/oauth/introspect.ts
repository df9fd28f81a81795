import type { ClientApplication } from '../../domain/client-application.ts'
import { effectiveScopes } from '../../domain/scope.ts'
import type { UserGrants } from '../ports/grants.ts'
import type { FindGrantUser } from './find-grant-user.ts'

/** The response of RFC 7662, section 2.2. Instants are seconds since the epoch. */
export type Introspection =
  | { readonly active: false }
  | {
      readonly active: true
      readonly client_id: string
      readonly sub: string
      readonly scope: string
      readonly token_type: 'Bearer' | 'refresh_token'
      readonly iat: number
      readonly exp: number
    }

export interface IntrospectDependencies {
  readonly grants: Pick<UserGrants, 'inspect'>
  readonly findGrantUser: FindGrantUser
}

/** Describes a token to the confidential client that it was issued to. A token of another client is not active for it. */
export type Introspect = (client: ClientApplication, token: string) => Promise<Introspection>

export function createIntrospect({ grants, findGrantUser }: IntrospectDependencies): Introspect {
  return async function introspect(client, token) {
    const found = await grants.inspect(token)
    if (found === null || found.clientId !== client.id) return { active: false }
    const user = await findGrantUser(found)
    if (user === null) return { active: false }
    return {
      active: true,
      client_id: client.id,
      sub: user.id,
      scope: effectiveScopes(found.scopes, user).join(' '),
      token_type: found.kind === 'access' ? 'Bearer' : 'refresh_token',
      iat: Math.floor(found.createdAt / 1_000),
      exp: Math.floor(found.expiresAt / 1_000),
    }
  }
}
