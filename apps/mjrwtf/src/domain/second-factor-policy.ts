import type { User } from './user.ts'

/** Who must have a second factor: no one, administrators before they use the administration pages, or everyone. */
export type SecondFactorPolicy = 'off' | 'administrators' | 'everyone'

/** Whether the user must have a second factor, and so cannot remove the last one. */
export function mustHaveSecondFactor(
  policy: SecondFactorPolicy,
  { isOperator }: Pick<User, 'isOperator'>,
): boolean {
  return policy === 'everyone' || (policy === 'administrators' && isOperator)
}
