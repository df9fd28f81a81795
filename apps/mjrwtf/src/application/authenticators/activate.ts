import { maxAuthenticators } from '../../domain/authenticator.ts'
import type { FieldError, Throttled } from '../../domain/results.ts'
import { invalidFactorName, parseFactorName } from '../../domain/second-factor.ts'
import { parseSixDigits } from '../../domain/six-digits.ts'
import type { Instant } from '../../domain/time.ts'
import { minute } from '../../domain/time.ts'
import { acceptedStep, noStep, stepsAway, type TimeStep, totp } from '../../domain/totp.ts'
import type { User } from '../../domain/user.ts'
import type { ClientInfo } from '../shared/describe-client.ts'
import type { AuthenticatorsDependencies } from './dependencies.ts'
import {
  describe,
  type Enrollment,
  type EnrollmentBinding,
  type OpenEnrollment,
  openEnrollment,
} from './enrollment.ts'
import type { StoredKeys } from './stored-keys.ts'

export interface ActivateRequest extends EnrollmentBinding {
  readonly user: User
  readonly client: ClientInfo
  /** `Enrollment.token`. */
  readonly token: string
  /** As typed. */
  readonly code: string
  readonly name: string
}

export type ActivateField = 'code' | 'name'

export type ActivateResult =
  | { readonly status: 'added'; readonly name: string }
  /** The enrollment was activated before, for example by a double click. Nothing was changed or reported. */
  | { readonly status: 'exists' }
  /** The same enrollment can be tried again. */
  | {
      readonly status: 'rejected'
      readonly enrollment: Enrollment
      readonly fields: readonly FieldError<ActivateField>[]
    }
  /** The token has expired, or is of another session or user. */
  | { readonly status: 'expired' }
  | { readonly status: 'too-many' }
  /** The account was deleted meanwhile. */
  | { readonly status: 'user-deleted' }
  | Throttled

/** Adds the authenticator of an enrollment if the code is correct. The time step of that code counts as used. */
export type ActivateAuthenticator = (request: ActivateRequest) => Promise<ActivateResult>

export function createActivate(
  dependencies: AuthenticatorsDependencies,
  storedKeys: StoredKeys,
): ActivateAuthenticator {
  const { authenticators, limits, clock, reportFactorChange } = dependencies

  async function add(
    { user, client, sessionId }: ActivateRequest,
    { id, key, step, name }: OpenEnrollment & { readonly step: TimeStep; readonly name: string },
  ): Promise<ActivateResult> {
    const encryptedKey = storedKeys.encrypt(key, { id, userId: user.id })
    const times = { lastStep: step, createdAt: clock.now(), lastUsedAt: null }
    const authenticator = { id, userId: user.id, name, encryptedKey, ...times }
    const status = await authenticators.add(authenticator, {
      max: maxAuthenticators,
      passwordVersion: user.passwordVersion,
    })
    if (status !== 'added') return { status }
    const change = { user, event: 'second-factor-added', kind: 'authenticator', name } as const
    await reportFactorChange({ ...change, sessionId, ...client })
    return { status, name }
  }

  return async function activateAuthenticator(request) {
    const opened = openEnrollment(dependencies, request.token, request)
    if (opened === null) return { status: 'expired' }
    const now = clock.now()
    const name = parseFactorName(request.name)
    const code = parseSixDigits(request.code)
    const step = code === null ? null : acceptedStep(opened.key, { code, now, lastStep: noStep })
    if (step === null || name === null) {
      const fields = [
        ...(step === null
          ? [{ field: 'code', message: codeProblem(opened, code, now) } as const]
          : []),
        ...(name === null ? invalidFactorName.fields : []),
      ]
      const { user, token } = request
      const enrollment = describe(dependencies, { ...opened, user, token })
      return { status: 'rejected', enrollment, fields }
    }
    return (await limits.authenticator(request.user.id)) ?? add(request, { ...opened, step, name })
  }
}

/** Explains a wrong code. Only the page that shows the key may say whether its clock is wrong. */
function codeProblem({ key }: OpenEnrollment, code: string | null, now: Instant): string {
  if (code === null) return 'Enter the six digits that your app shows.'
  const away = stepsAway(key, code, now)
  if (away === null) return 'Wrong code. Enter the code that your app shows now.'
  if (away < 0 && away >= -maxTypingSteps) return 'This code has expired. Enter the current one.'
  const minutes = Math.max(1, Math.round((Math.abs(away) * totp.period) / minute))
  const amount = minutes === 1 ? '1 minute' : `${minutes} minutes`
  return `Your phone's clock seems to be ${amount} ${away < 0 ? 'slow' : 'fast'}. Set it to automatic, then enter a new code.`
}

/** A code that is a little older was probably typed slowly. */
const maxTypingSteps = 4
