import { parseEmail } from '../../domain/email.ts'
import type { Throttled } from '../../domain/results.ts'
import type { User } from '../../domain/user.ts'
import type { IdentitiesDependencies } from './dependencies.ts'
import type { PresentedIdentity } from './presented-identity.ts'

export interface NewcomerRequest {
  readonly presented: PresentedIdentity
  /** The code of the invite, or `null` if there is none. */
  readonly invite: string | null
}

/** What a visitor with an identity that no user has can do. */
export type NewcomerOptions =
  /** Sign in to the account with the same email, and then link the identity. The email alone never links it. */
  | { readonly status: 'has-account' }
  | { readonly status: 'may-sign-up'; readonly email: string }
  | { readonly status: 'sign-up-closed' }
  /** The provider has verified no email, so that no account is created, and none was looked up. */
  | { readonly status: 'email-not-verified' }

export type SignUpWithIdentityResult =
  | { readonly status: 'created'; readonly user: User }
  /** A parallel request has used the identity. */
  | { readonly status: 'identity-in-use' }
  | Exclude<NewcomerOptions, { readonly status: 'may-sign-up' }>
  | Throttled

/** New users who come from a provider, handled according to `SIGNUP`. */
export interface Newcomers {
  /** Changes nothing. */
  optionsOf(request: NewcomerRequest): Promise<NewcomerOptions>
  /**
   * Creates an account without a password for the email that the provider has verified, if `SIGNUP` or an invite permits
   * it. One invite creates one account. Never creates the administrator's.
   */
  signUp(
    request: NewcomerRequest & { readonly ipAddress: string | null },
  ): Promise<SignUpWithIdentityResult>
}

type NewcomersDependencies = Pick<
  IdentitiesDependencies,
  'identities' | 'users' | 'maySignUp' | 'limits' | 'secrets' | 'clock' | 'signUpMode'
>

export function createNewcomers(dependencies: NewcomersDependencies): Newcomers {
  const { identities, users, maySignUp, limits, secrets, clock, signUpMode } = dependencies

  async function optionsOf({ presented, invite }: NewcomerRequest): Promise<NewcomerOptions> {
    const email = presented.emailVerified ? parseEmail(presented.email ?? '') : null
    if (email === null) return { status: 'email-not-verified' }
    if ((await users.findByEmail(email)) !== null) return { status: 'has-account' }
    const isAllowed = await maySignUp(invite)
    return isAllowed ? { status: 'may-sign-up', email } : { status: 'sign-up-closed' }
  }

  function prepare(presented: PresentedIdentity, email: string) {
    const user = aUserWithoutPassword(secrets.id(), email, clock.now())
    const times = { createdAt: user.createdAt, lastUsedAt: user.createdAt }
    const identity = { id: secrets.id(), userId: user.id, ...shownOf(presented), ...times }
    return { user, identity }
  }

  return {
    optionsOf,
    async signUp({ ipAddress, ...request }) {
      const options = await optionsOf(request)
      if (options.status !== 'may-sign-up') return options
      const { presented, invite } = request
      const throttled =
        signUpMode === 'invite'
          ? await limits.signUpByInvite(invite ?? '')
          : await limits.signUp(ipAddress)
      if (throttled !== null) return throttled
      const { user, identity } = prepare(presented, options.email)
      const inviteHash = signUpMode === 'invite' ? secrets.hash(invite ?? '') : null
      switch (await identities.addUser({ user, identity, inviteHash })) {
        case 'added':
          return { status: 'created', user }
        case 'email-unavailable':
          return { status: 'has-account' }
        case 'invite-used':
          return { status: 'sign-up-closed' }
        case 'identity-in-use':
          return { status: 'identity-in-use' }
      }
    },
  }
}

/** What is stored of an identity. */
export function shownOf({ provider, issuer, subject, email }: PresentedIdentity) {
  return { provider, issuer, subject, email: email === null ? null : email.slice(0, 320) }
}

function aUserWithoutPassword(id: string, email: string, createdAt: number): User {
  return {
    ...{ id, email, createdAt },
    isOperator: false,
    hasPassword: false,
    passwordVersion: 0,
    passwordChangedBySession: null,
    passwordChangedAt: null,
    passwordResets: 0,
    secondFactors: 0,
  }
}
