import { type Identity, type IdentityKey, maxIdentitiesPerUser } from '../../domain/identity.ts'
import type { User, UserId } from '../../domain/user.ts'
import type { AddIdentityResult, ProviderSession } from '../ports/identity-repository.ts'
import type { ProviderSignIn } from '../ports/provider-logout-repository.ts'
import { configuredIssuers, providerName } from '../ports/providers.ts'
import type { ClientInfo } from '../shared/describe-client.ts'
import { type AuthenticateIdentity, createAuthenticateIdentity } from './authenticate-identity.ts'
import type { IdentitiesDependencies } from './dependencies.ts'
import { createNewcomers, type Newcomers, shownOf } from './newcomers.ts'
import type { PresentedIdentity } from './presented-identity.ts'
import { createReportIdentityChange, type ReportIdentityChange } from './report-identity-change.ts'

/** A user who changes their identities, in a session with a recent authentication. */
export interface IdentityRequester extends ClientInfo {
  readonly user: User
  readonly sessionId: string
}

export type UnlinkResult =
  | { readonly status: 'unlinked'; readonly identity: Identity }
  /** The user has no such identity. */
  | { readonly status: 'missing' }
  | { readonly status: 'last-sign-in-method' }

/** A provider, as pages show it. */
export type ShownProvider = Pick<
  ReturnType<IdentitiesDependencies['providers']['list']>[number],
  'id' | 'issuer' | 'name'
>

/** Accounts at external providers with which users sign in. Rejects with `RepositoryError` if the database fails. */
export interface Identities extends Newcomers {
  /** Those that are configured, in the order of the buttons. */
  listProviders(): readonly ShownProvider[]
  /** Also of a provider that is not configured. */
  nameOf(provider: Identity['provider']): string
  /** Oldest first. */
  list(userId: UserId): Promise<readonly Identity[]>
  readonly authenticate: AuthenticateIdentity
  /**
   * Records that a session started with an identity. Returns `false` if the user has unlinked it, or has signed out at the
   * provider, since the visit started: the session must end.
   */
  addSession(session: ProviderSession & ProviderSignIn): Promise<boolean>
  /** The provider with which a session started, if its users can sign out there too; else `null`. */
  findLogoutProvider(sessionId: string): Promise<ShownProvider | null>
  /**
   * Where to sign out at a provider, and from where the visitor returns. `null` if it is not configured, has no such page or
   * is unavailable.
   */
  findLogoutUrl(provider: string, returnTo: string): Promise<string | null>
  /** Links an identity to the user, and notifies them. */
  link(
    request: IdentityRequester & { readonly presented: PresentedIdentity },
  ): Promise<AddIdentityResult>
  /**
   * Unlinks an identity unless it is the last sign-in method, ends the other sessions that started with it, and notifies
   * the user.
   */
  unlink(request: IdentityRequester & { readonly id: string }): Promise<UnlinkResult>
}

export function createIdentities(dependencies: IdentitiesDependencies): Identities {
  const { identities, providerSessions, providers } = dependencies
  const report = createReportIdentityChange(dependencies)
  return {
    ...createNewcomers(dependencies),
    listProviders: () => providers.list().map(({ id, issuer, name }) => ({ id, issuer, name })),
    nameOf: (provider) => providerName(providers, provider),
    list: identities.list,
    authenticate: createAuthenticateIdentity(dependencies),
    addSession: createAddSession(dependencies),
    async findLogoutProvider(sessionId) {
      const candidates = providers.list().filter(({ logout }) => logout !== null)
      if (candidates.length === 0) return null
      const issuer = await providerSessions.findIssuer(sessionId)
      return candidates.find(({ logout }) => logout?.issuer === issuer) ?? null
    },
    async findLogoutUrl(provider, returnTo) {
      return (await providers.find(provider)?.logout?.findUrl(returnTo)) ?? null
    },
    link: createLink(dependencies, report),
    unlink: createUnlink(dependencies, report),
  }
}

/** Adds first: a logout finds the session in the list, or is found here. */
function createAddSession({
  providerSessions,
  providerLogouts,
}: IdentitiesDependencies): Identities['addSession'] {
  return async function addSession({ startedAt, ...session }) {
    if (!(await providerSessions.add(session))) return false
    return !(await providerLogouts.isLoggedOut({ ...session, startedAt }))
  }
}

function createLink(
  { identities, secrets, clock }: IdentitiesDependencies,
  report: ReportIdentityChange,
): Identities['link'] {
  return async function link({ presented, ...requester }) {
    const shown = shownOf(presented)
    const times = { createdAt: clock.now(), lastUsedAt: null }
    const identity = { id: secrets.id(), userId: requester.user.id, ...shown, ...times }
    const { passwordVersion } = requester.user
    const limit = { max: maxIdentitiesPerUser, passwordVersion }
    const result = await identities.add(identity, limit)
    if (result === 'added') await report({ ...requester, change: 'identity-linked', identity })
    return result
  }
}

function createUnlink(
  dependencies: IdentitiesDependencies,
  report: ReportIdentityChange,
): Identities['unlink'] {
  const { identities, providerSessions, sessions, providers } = dependencies

  /** The current session stays: its user has just confirmed that it is them. */
  async function endSessions(userId: UserId, key: IdentityKey, except: string): Promise<void> {
    const ids = await providerSessions.take(userId, key)
    const ended = ids.filter((id) => id !== except).map((id) => sessions.end(userId, id))
    await Promise.all(ended)
  }

  return async function unlink({ id, ...requester }) {
    const { user, sessionId } = requester
    const identity = (await identities.list(user.id)).find((each) => each.id === id)
    if (identity === undefined) return { status: 'missing' }
    const issuers = configuredIssuers(providers)
    const result = await identities.remove({ userId: user.id, id, issuers })
    if (result !== 'removed') return { status: result }
    await report({ ...requester, change: 'identity-unlinked', identity })
    await endSessions(user.id, identity, sessionId)
    return { status: 'unlinked', identity }
  }
}
