import type { TokenPurpose } from '../../domain/email-token.ts'

/** A letter with a link that somebody has asked for, and that is yet to be written. */
export type EmailRequest =
  | {
      readonly kind: TokenPurpose
      /** The address as it was typed. Whether there is an account for it is found out later. */
      readonly email: string
      /** Who asked, for the owner's security log. */
      readonly requester: Requester
    }
  | {
      readonly kind: 'change-email'
      readonly email: string
      readonly newEmail: string
      /** Secret, and kept nowhere else. */
      readonly confirmToken: string
      readonly cancelToken: string
      readonly expiresAt: number
    }

export interface Requester {
  readonly ipAddress: string | null
  readonly userAgent: string | null
}

/**
 * Takes a request for a letter. Returns at once and does nothing yet: that an account exists, or that an address is
 * taken, must not show in how long an answer takes (ASVS 5.0 V6.3.8).
 */
export type EmailRequestSink = (request: EmailRequest) => void
