import { invalidEmailMessage, parseEmail } from '../../domain/email.ts'
import { normalizePassword } from '../../domain/password.ts'
import type { Busy, FieldError, Invalid } from '../../domain/results.ts'
import type { NewUser } from '../ports/user-repository.ts'
import type { AccountsDependencies } from './dependencies.ts'

export type PrepareAccountDependencies = Pick<
  AccountsDependencies,
  'passwordHasher' | 'validateNewPassword' | 'secrets' | 'clock'
>

export interface AccountInput {
  readonly email: string
  readonly password: string
  readonly isOperator: boolean
}

export type PrepareAccountResult =
  | { readonly status: 'ready'; readonly newUser: NewUser }
  | Invalid<'email' | 'password'>
  | Busy

/** Validates the input for a new account and creates the user, without storing it. */
export async function prepareAccount(
  dependencies: PrepareAccountDependencies,
  input: AccountInput,
): Promise<PrepareAccountResult> {
  const { passwordHasher, secrets, clock } = dependencies
  const email = parseEmail(input.email)
  const problems = await fieldProblems(dependencies, input.password, email)
  if (email === null || problems.length > 0) return { status: 'invalid', fields: problems }

  const hashed = await passwordHasher.hash(normalizePassword(input.password))
  if (hashed.status === 'busy') return hashed
  const user = {
    id: secrets.id(),
    email,
    createdAt: clock.now(),
    isOperator: input.isOperator,
    passwordVersion: 0,
    passwordChangedBySession: null,
  }
  return { status: 'ready', newUser: { user, passwordHash: hashed.hash } }
}

async function fieldProblems(
  { validateNewPassword }: PrepareAccountDependencies,
  password: string,
  email: string | null,
): Promise<readonly FieldError<'email' | 'password'>[]> {
  const problem = await validateNewPassword({ password, email })
  const fields: FieldError<'email' | 'password'>[] = []
  if (email === null) fields.push({ field: 'email', message: invalidEmailMessage })
  if (problem !== null) fields.push({ field: 'password', message: problem })
  return fields
}
