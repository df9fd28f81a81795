import {
  formatPersonalToken,
  maxPersonalTokens,
  type PersonalToken,
  tokenReminder,
} from '../../domain/personal-token.ts'
import { timeZoneOf } from '../../domain/preferences.ts'
import type { Invalid, Throttled } from '../../domain/results.ts'
import type { User } from '../../domain/user.ts'
import type { ClientInfo } from '../shared/describe-client.ts'
import type { PersonalTokensDependencies } from './dependencies.ts'
import { readTokenInput, type TokenField, type TokenInput } from './read-token-form.ts'

export interface CreateTokenRequest {
  readonly user: User
  readonly client: ClientInfo
  /** Of the form: a form that is sent twice creates one token. */
  readonly id: string
  readonly input: TokenInput
}

export type CreatedToken = Pick<
  PersonalToken,
  'id' | 'name' | 'scopes' | 'networks' | 'expiresAt'
> & {
  /** Secret, and only its hash is stored: show it now. */
  readonly token: string
}

export type CreateTokenResult =
  | { readonly status: 'created'; readonly created: CreatedToken }
  /** The form was sent before: its token was shown then. */
  | { readonly status: 'exists' }
  | { readonly status: 'too-many' }
  /** The account was deleted or its password changed meanwhile. */
  | { readonly status: 'user-changed' }
  | Invalid<TokenField>
  | Throttled

/**
 * Creates a personal access token and notifies the user by email. The caller must require a recent authentication (ASVS 5.0
 * V7.5.1).
 */
export type CreateToken = (request: CreateTokenRequest) => Promise<CreateTokenResult>

export function createCreateToken(dependencies: PersonalTokensDependencies): CreateToken {
  const { personalTokens, limits, notificationLimit, secrets, clock } = dependencies
  const { describeClient, sendMail } = dependencies

  async function notify(
    { user, client }: CreateTokenRequest,
    { name, expiresAt, scopes }: CreatedToken,
  ): Promise<void> {
    const budget = await notificationLimit.budgetFor(user).catch(() => null)
    // An email that cannot be counted is sent: it may be the only sign of a stolen session.
    if (budget !== null && !(await notificationLimit.allows('token-created', budget))) return
    const content = { name, scopes, expiresAt, at: clock.now(), from: describeClient(client) }
    sendMail(user.email, { kind: 'token-created', ...content }, timeZoneOf(user))
  }

  return async function createToken(request) {
    const { user, id } = request
    const createdAt = clock.now()
    const read = readTokenInput(request.input, user, createdAt)
    if (read.status === 'invalid') return read
    const throttled = await limits.personalToken(user.id)
    if (throttled !== null) return throttled
    const token = formatPersonalToken(secrets.bytes(32))
    const isReminded = read.choices.expiresAt - createdAt <= tokenReminder
    const result = await personalTokens.add(
      {
        ...{ id, userId: user.id, tokenHash: secrets.hash(token), createdAt, isReminded },
        ...read.choices,
      },
      { max: maxPersonalTokens, passwordVersion: user.passwordVersion },
    )
    if (result !== 'added') return { status: result }
    const created = { id, token, ...read.choices }
    await notify(request, created)
    return { status: 'created', created }
  }
}
