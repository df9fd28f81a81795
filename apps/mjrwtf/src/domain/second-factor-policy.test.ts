import { expect, it } from 'vitest'
import { mustHaveSecondFactor, type SecondFactorPolicy } from './second-factor-policy.ts'

const required: Readonly<Record<SecondFactorPolicy, readonly [operator: boolean, user: boolean]>> =
  {
    off: [false, false],
    administrators: [true, false],
    everyone: [true, true],
  }

it('requires a second factor of no one, of administrators or of everyone', () => {
  for (const policy of ['off', 'administrators', 'everyone'] as const) {
    const decisions = [true, false].map((isOperator) =>
      mustHaveSecondFactor(policy, { isOperator }),
    )
    expect(decisions, policy).toEqual(required[policy])
  }
})
