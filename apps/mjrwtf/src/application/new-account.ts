import { parseEmail } from '../domain/email.ts'
import { normalizePassword } from '../domain/password.ts'
import type { Busy, FieldError, Invalid } from '../domain/refusals.ts'
import type { CheckNewPassword } from './check-new-password.ts'
import type { Clock } from './ports/clock.ts'
import type { PasswordHasher } from './ports/password-hasher.ts'
import type { Secrets } from './ports/secrets.ts'
import type { NewUser } from './ports/user-repository.ts'

export interface NewAccountPorts {
  readonly passwords: PasswordHasher
  readonly secrets: Secrets
  readonly clock: Clock
  readonly checkNewPassword: CheckNewPassword
}

export interface WantedAccount {
  readonly email: string
  readonly password: string
  readonly isOperator: boolean
}

export type NewAccountResult =
  | { readonly status: 'ready'; readonly newUser: NewUser }
  | Invalid<'email' | 'password'>
  | Busy

/** Checks what somebody typed for a new account and makes the user of it, not yet kept anywhere. */
export async function makeAccount(
  ports: NewAccountPorts,
  wanted: WantedAccount,
): Promise<NewAccountResult> {
  const email = parseEmail(wanted.email)
  const problems = await fieldProblems(ports, wanted.password, email)
  if (email === null || problems.length > 0) return { status: 'invalid', fields: problems }

  const hashed = await ports.passwords.hash(normalizePassword(wanted.password))
  if (hashed.status === 'busy') return hashed
  const user = {
    id: ports.secrets.id(),
    email,
    createdAt: ports.clock.now(),
    isOperator: wanted.isOperator,
    passwordVersion: 0,
    passwordChangedIn: null,
  }
  return { status: 'ready', newUser: { user, passwordHash: hashed.hash } }
}

async function fieldProblems(
  { checkNewPassword }: NewAccountPorts,
  password: string,
  email: string | null,
): Promise<readonly FieldError<'email' | 'password'>[]> {
  const problem = await checkNewPassword({ password, email })
  const fields: FieldError<'email' | 'password'>[] = []
  if (email === null) fields.push({ field: 'email', message: 'Enter an email address.' })
  if (problem !== null) fields.push({ field: 'password', message: problem })
  return fields
}
