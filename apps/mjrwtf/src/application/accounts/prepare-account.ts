import type { Clock } from 'coatcheck'
import { invalidEmailMessage, parseEmail } from '../../domain/email.ts'
import { normalizePassword } from '../../domain/password.ts'
import type { Busy, FieldError, Invalid } from '../../domain/results.ts'
import type { ValidateNewPassword } from '../passwords/validate-new-password.ts'
import type { PasswordHasher } from '../ports/passwords.ts'
import type { Secrets } from '../ports/secrets.ts'
import type { NewUser } from '../ports/user-repository.ts'

export interface PrepareAccountPorts {
  readonly passwordHasher: PasswordHasher
  readonly secrets: Secrets
  readonly clock: Clock
  readonly validateNewPassword: ValidateNewPassword
}

export interface AccountInput {
  readonly email: string
  readonly password: string
  readonly isOperator: boolean
}

export type PrepareAccountResult =
  | { readonly status: 'ready'; readonly newUser: NewUser }
  | Invalid<'email' | 'password'>
  | Busy

/** Checks what somebody typed for a new account and makes the user of it, not yet kept anywhere. */
export async function prepareAccount(
  ports: PrepareAccountPorts,
  input: AccountInput,
): Promise<PrepareAccountResult> {
  const email = parseEmail(input.email)
  const problems = await fieldProblems(ports, input.password, email)
  if (email === null || problems.length > 0) return { status: 'invalid', fields: problems }

  const hashed = await ports.passwordHasher.hash(normalizePassword(input.password))
  if (hashed.status === 'busy') return hashed
  const user = {
    id: ports.secrets.id(),
    email,
    createdAt: ports.clock.now(),
    isOperator: input.isOperator,
    passwordVersion: 0,
    passwordChangedBySession: null,
  }
  return { status: 'ready', newUser: { user, passwordHash: hashed.hash } }
}

async function fieldProblems(
  { validateNewPassword }: PrepareAccountPorts,
  password: string,
  email: string | null,
): Promise<readonly FieldError<'email' | 'password'>[]> {
  const problem = await validateNewPassword({ password, email })
  const fields: FieldError<'email' | 'password'>[] = []
  if (email === null) fields.push({ field: 'email', message: invalidEmailMessage })
  if (problem !== null) fields.push({ field: 'password', message: problem })
  return fields
}
