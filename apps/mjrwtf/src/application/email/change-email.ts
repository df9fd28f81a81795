import { emailKey, invalidEmailMessage, parseEmail, tokenLifetimes } from '../../domain/email.ts'
import type { Invalid, Throttled } from '../../domain/results.ts'
import type { User, UserId } from '../../domain/user.ts'
import type { EmailDependencies } from './dependencies.ts'

export interface EmailChangeRequest {
  readonly user: User
  readonly email: string
}

export type RequestEmailChangeResult =
  /**
   * Pending until the link sent to the new email is used. No link is sent if another account has that email, or if it has
   * received too many emails.
   */
  { readonly status: 'requested'; readonly newEmail: string } | Invalid<'email'> | Throttled

export interface EmailChanges {
  /**
   * Requests a change of email, and replaces a pending one. The account keeps its email until the link sent to the new
   * one is used (checklist CS-AU-4). The result does not reveal whether another account has the new email: that is
   * looked up in the background.
   */
  requestChange(request: EmailChangeRequest): Promise<RequestEmailChangeResult>
  /** Cancels the pending change. Returns `false` if there is none. */
  cancelChange(userId: UserId): Promise<boolean>
}

type EmailChangesDependencies = Pick<
  EmailDependencies,
  'emailChanges' | 'limits' | 'requestEmail' | 'secrets' | 'clock'
>

export function createEmailChanges(dependencies: EmailChangesDependencies): EmailChanges {
  const { emailChanges, limits, requestEmail, secrets, clock } = dependencies

  /** Stores the pending change and returns the tokens of its links. */
  async function storeChange(user: User, newEmail: string) {
    const [confirmToken, cancelToken] = [secrets.code(), secrets.code()]
    const hashes = {
      confirmHash: secrets.hash(confirmToken),
      cancelHash: secrets.hash(cancelToken),
    }
    const createdAt = clock.now()
    const expiresAt = createdAt + tokenLifetimes['change-email']
    await emailChanges.requestChange({ userId: user.id, newEmail, ...hashes, createdAt, expiresAt })
    return { confirmToken, cancelToken, expiresAt }
  }

  return {
    async requestChange({ user, email }) {
      const newEmail = parseEmail(email)
      if (newEmail === null) return invalid(invalidEmailMessage)
      if (emailKey(newEmail) === emailKey(user.email)) return invalid('This is already your email.')
      const throttled = await limits.requestedEmail(user.id)
      if (throttled !== null) return throttled

      const tokens = await storeChange(user, newEmail)
      const { id: userId } = user
      requestEmail({ kind: 'change-email', userId, email: user.email, newEmail, ...tokens })
      return { status: 'requested', newEmail }
    },
    async cancelChange(userId) {
      return (await emailChanges.cancelChange({ userId }, clock.now())) !== null
    },
  }
}

function invalid(message: string): Invalid<'email'> {
  return { status: 'invalid', fields: [{ field: 'email', message }] }
}
