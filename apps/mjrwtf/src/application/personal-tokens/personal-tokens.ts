import {
  type PersonalToken,
  type TokenState,
  tokenReminder,
  tokenState,
} from '../../domain/personal-token.ts'
import type { UserId } from '../../domain/user.ts'
import type { ExpiringToken } from '../ports/personal-token-repository.ts'
import { type CreateToken, createCreateToken } from './create-token.ts'
import type { PersonalTokensDependencies } from './dependencies.ts'
import { createVerifyToken, type VerifyToken } from './verify-token.ts'

/** A token in the list of its user. */
export interface PersonalTokenView extends PersonalToken {
  readonly state: TokenState
  /** Location of the last use as text, or `null`. */
  readonly lastUsedLocation: string | null
}

/** Personal access tokens: credentials of scripts, which act for their user through the API. They reject with `RepositoryError`. */
export interface PersonalTokens {
  readonly create: CreateToken
  readonly verify: VerifyToken
  /** Newest first, including those that expired within the last 30 days. */
  list(userId: UserId): Promise<readonly PersonalTokenView[]>
  /** Effective immediately. Returns the name of the token, or `null` if the user has no such token. */
  revoke(userId: UserId, id: string): Promise<string | null>
  /** Returns the number of tokens. */
  revokeAll(userId: UserId): Promise<number>
  /** Sends an email to each user with tokens that expire within a week, once for each token. */
  remindOfExpiry(): Promise<void>
}

/** Tokens that one run processes. The next run continues. */
const reminderBatch = 100

export function createPersonalTokens(dependencies: PersonalTokensDependencies): PersonalTokens {
  const { personalTokens, describeLocation, sendMail, clock } = dependencies

  function toView(token: PersonalToken, now: number): PersonalTokenView {
    const lastUsedLocation = describeLocation(token.lastUsedIpAddress)
    return { ...token, state: tokenState(token, now), lastUsedLocation }
  }

  return {
    create: createCreateToken(dependencies),
    verify: createVerifyToken(dependencies),
    async list(userId) {
      const now = clock.now()
      return (await personalTokens.list(userId)).map((token) => toView(token, now))
    },
    revoke: (userId, id) => personalTokens.revoke(userId, id),
    revokeAll: (userId) => personalTokens.revokeAll(userId),
    async remindOfExpiry() {
      const now = clock.now()
      const until = now + tokenReminder
      const due = await personalTokens.claimReminders({ now, until, limit: reminderBatch })
      for (const tokens of Map.groupBy(due, ({ userId }) => userId).values()) {
        sendReminder(tokens)
      }
    },
  }

  function sendReminder(tokens: readonly ExpiringToken[]): void {
    const [first] = tokens
    if (first === undefined) return
    const expiring = tokens.map(({ name, expiresAt }) => ({ name, expiresAt }))
    sendMail(first.email, { kind: 'tokens-expiring', tokens: expiring })
  }
}
