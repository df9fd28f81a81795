import type { PersonalToken } from '../../domain/personal-token.ts'
import type { PersonalTokenRepository } from '../ports/personal-token-repository.ts'
import type { TrustedBrowserRepository } from '../ports/trusted-browser-repository.ts'
import type { DirectoryUser, UserDirectory } from '../ports/user-repository.ts'
import type { UserSession, UserSessions } from '../ports/user-sessions.ts'
import type { RecordSecurityEvent } from '../security-log/record-security-event.ts'

type OfUser<Result> =
  | ({ readonly status: 'found'; readonly user: DirectoryUser } & Result)
  | { readonly status: 'not-found' }

/** What the sessions and tokens of a user are, and their end. Each finds the user by email. */
export interface UserCredentials {
  listSessions(email: string): Promise<OfUser<{ readonly sessions: readonly UserSession[] }>>
  /**
   * Ends one session, or all sessions and grants with the trust in browsers, and returns how many sessions ended: 0 if
   * there is no such session. Rejects sign-ins in progress if all end.
   */
  endSessions(email: string, id: string | null): Promise<OfUser<{ readonly count: number }>>
  listTokens(email: string): Promise<OfUser<{ readonly tokens: readonly PersonalToken[] }>>
  /** Revokes one personal access token, or all, and returns their names. */
  revokeTokens(
    email: string,
    id: string | null,
  ): Promise<OfUser<{ readonly names: readonly string[] }>>
}

export interface UserCredentialsDependencies {
  readonly userDirectory: Pick<UserDirectory, 'findByEmail'>
  readonly sessions: Pick<UserSessions, 'list' | 'endAtShell' | 'endAllAtShell'>
  readonly trustedBrowsers: Pick<TrustedBrowserRepository, 'endAll'>
  readonly personalTokens: Pick<PersonalTokenRepository, 'list' | 'revoke'>
  readonly recordSecurityEvent: RecordSecurityEvent
}

export function createUserCredentials(dependencies: UserCredentialsDependencies): UserCredentials {
  const { userDirectory, sessions, personalTokens, recordSecurityEvent } = dependencies

  async function withUser<Result extends object>(
    email: string,
    work: (user: DirectoryUser) => Promise<Result>,
  ): Promise<OfUser<Result>> {
    const user = await userDirectory.findByEmail(email)
    if (user === null) return { status: 'not-found' }
    return { status: 'found', user, ...(await work(user)) }
  }

  async function endAll(userId: string): Promise<number> {
    await dependencies.trustedBrowsers.endAll(userId, null)
    const count = await sessions.endAllAtShell(userId, 'ended-by-operator')
    recordSecurityEvent({ userId, kind: 'ended-by-operator' })
    return count
  }

  /** The names of those that this call revoked: others may revoke them at the same time. */
  async function revoke(userId: string, ids: readonly string[]): Promise<readonly string[]> {
    const names: string[] = []
    for (const id of ids) {
      const name = await personalTokens.revoke(userId, id)
      if (name === null) continue
      recordSecurityEvent({ userId, kind: 'token-revoked', detail: `by-operator ${name}` })
      names.push(name)
    }
    return names
  }

  return {
    listSessions: (email) =>
      withUser(email, async ({ id }) => ({ sessions: await sessions.list(id) })),
    endSessions: (email, id) =>
      withUser(email, async (user) => {
        if (id === null) return { count: await endAll(user.id) }
        return { count: (await sessions.endAtShell(user.id, id)) ? 1 : 0 }
      }),
    listTokens: (email) =>
      withUser(email, async ({ id }) => ({ tokens: await personalTokens.list(id) })),
    revokeTokens: (email, tokenId) =>
      withUser(email, async ({ id: userId }) => {
        const all = tokenId === null ? await personalTokens.list(userId) : [{ id: tokenId }]
        const ids = all.map(({ id }) => id)
        return { names: await revoke(userId, ids) }
      }),
  }
}
