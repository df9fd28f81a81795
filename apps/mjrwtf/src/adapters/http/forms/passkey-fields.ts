import { randomBytes } from 'node:crypto'
import type { ChallengeBinding } from '../../../application/passkeys/challenges.ts'
import { challengeLifetime } from '../../../domain/passkey.ts'
import type { RequestContext } from '../http-context.ts'
import { optionalFormText } from './forms.ts'

/** The fields that a `PasskeyForm` sends. */
export const passkeyFields = {
  passkey_challenge: optionalFormText,
  passkey_response: optionalFormText,
}

export interface PasskeyInput {
  readonly passkey_challenge?: string | undefined
  readonly passkey_response?: string | undefined
}

export interface SentPasskey {
  readonly response: string
  readonly challengeToken: string
}

/** What a passkey sent in a form, or `null` if the form was sent without one. */
export function passkeyResponseIn(input: PasskeyInput): SentPasskey | null {
  const { passkey_response: response = '', passkey_challenge: challengeToken = '' } = input
  return response === '' ? null : { response, challengeToken }
}

/** Everything that a challenge is bound to, except the browser. */
export type ChallengeSubject = Omit<ChallengeBinding, 'browserId'>

/** Of the cookie with the random id of the browser. It identifies no user, and lasts as long as a challenge. */
const cookieName = 'browser'

/** Call it when a page offers a passkey: gives the browser an id if it has none. */
export function bindNewChallenge(
  { var: { exchange } }: RequestContext,
  subject: ChallengeSubject,
): ChallengeBinding {
  const browserId = exchange.signedCookie(cookieName) ?? randomBytes(16).toString('base64url')
  exchange.setSignedCookie({ name: cookieName, value: browserId, maxAge: challengeLifetime })
  return { ...subject, browserId }
}

/** Call it when a form with a passkey was sent. A browser without an id matches no challenge. */
export function bindPresentedChallenge(
  { var: { exchange } }: RequestContext,
  subject: ChallengeSubject,
): ChallengeBinding {
  return { ...subject, browserId: exchange.signedCookie(cookieName) ?? '' }
}
