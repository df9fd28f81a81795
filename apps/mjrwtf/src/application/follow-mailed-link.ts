import type { Throttled } from '../domain/refusals.ts'
import type { UserId } from '../domain/user.ts'
import type { AddressRepository } from './ports/address-repository.ts'
import type { Clock } from './ports/clock.ts'
import type { MailedTokenRepository } from './ports/mailed-token-repository.ts'
import type { Secrets } from './ports/secrets.ts'
import type { SendMail } from './ports/send-mail.ts'
import type { DeadToken, TokenTry, TryToken } from './try-token.ts'

/** A link about an address that still works: what it does, for which account, and about which address. */
export interface OpenMailedLink {
  readonly status: 'open'
  readonly act: 'verify-address' | 'confirm-change' | 'cancel-change'
  readonly userId: UserId
  /** Of the account, as it is now. */
  readonly email: string
  /** What it is about: the account's own, or the new one. */
  readonly address: string
}

/** What a mailed link about an address would do. Changes nothing: mail scanners follow links too. */
export type FindMailedLink = (token: TokenTry) => Promise<OpenMailedLink | DeadToken | Throttled>

export interface FollowedLink extends TokenTry {
  /**
   * Gives a session of that user, if there is one at hand, a new secret, before something changes about the account
   * (checklist CS-SM-6).
   */
  readonly renewSession: (userId: UserId) => Promise<void>
}

export type FollowMailedLinkResult =
  | {
      readonly status: 'verified' | 'changed' | 'called-off'
      readonly userId: UserId
      readonly address: string
    }
  /** The new address belongs to another account by now. Nothing was changed. */
  | { readonly status: 'taken' }
  | DeadToken
  | Throttled

/**
 * Does what a mailed link about an address is for, once. Signs nobody in: whoever reads the mailbox is asked for the
 * password like everybody else.
 */
export type FollowMailedLink = (link: FollowedLink) => Promise<FollowMailedLinkResult>

export interface FollowMailedLinkPorts {
  readonly tryToken: TryToken
  readonly mailedTokens: MailedTokenRepository
  readonly addresses: AddressRepository
  readonly sendMail: SendMail
  readonly secrets: Pick<Secrets, 'hash'>
  readonly clock: Clock
}

type FindMailedLinkPorts = Omit<FollowMailedLinkPorts, 'sendMail' | 'secrets'>

export function createFindMailedLink(ports: FindMailedLinkPorts): FindMailedLink {
  const { tryToken, mailedTokens, addresses, clock } = ports

  async function find(hash: string): Promise<OpenMailedLink | null> {
    const now = clock.now()
    const owner = await mailedTokens.find({ hash, purpose: 'verify-address', now })
    if (owner !== null) {
      return { status: 'open', act: 'verify-address', ...owner, address: owner.email }
    }
    const link = await addresses.findLink(hash, now)
    if (link === null) return null
    const { act, userId, email, newEmail } = link
    return { status: 'open', act, userId, email, address: newEmail }
  }

  return (request) => tryToken(request, find)
}

export function createFollowMailedLink(ports: FollowMailedLinkPorts): FollowMailedLink {
  const { mailedTokens, addresses, sendMail, secrets, clock } = ports
  const findMailedLink = createFindMailedLink(ports)
  const dead = { status: 'dead' } as const

  type Act = (link: OpenMailedLink, hash: string) => Promise<FollowMailedLinkResult>

  const acts: Readonly<Record<OpenMailedLink['act'], Act>> = {
    async 'verify-address'({ userId, address }, hash) {
      const owner = await mailedTokens.verifyAddress({ hash, now: clock.now() })
      return owner === null ? dead : { status: 'verified', userId, address }
    },
    async 'confirm-change'({ userId, email, address }, hash) {
      const now = clock.now()
      const confirmed = await addresses.confirmChange(hash, now)
      if (confirmed.status === 'taken') return confirmed
      if (confirmed.status === 'gone') return dead
      // What `email` was when the link was found: a change in between would have made the link worthless.
      sendMail(email, { kind: 'address-changed', newAddress: confirmed.email, at: now })
      return { status: 'changed', userId, address }
    },
    async 'cancel-change'({ userId, address }, hash) {
      const cancelled = await addresses.cancelChange({ cancelHash: hash }, clock.now())
      return cancelled === null ? dead : { status: 'called-off', userId, address }
    },
  }

  return async function followMailedLink(request) {
    const link = await findMailedLink(request)
    if (link.status !== 'open') return link
    await request.renewSession(link.userId)
    return acts[link.act](link, secrets.hash(request.token))
  }
}
