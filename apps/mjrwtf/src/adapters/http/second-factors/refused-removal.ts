import type { FactorRemovalRefusal } from '../../../domain/second-factor.ts'
import type { Problem } from '../responses/problem.tsx'

interface KeptFactor {
  /** Of its kind, in lower case. */
  readonly noun: string
  /** Of the page that lists it. */
  readonly path: string
}

const messages: Readonly<Record<FactorRemovalRefusal, string>> = {
  'last-factor': 'Your account needs a second factor. Add another one, then remove this one.',
  'phone-would-remain':
    'An administrator cannot rely on text messages alone. Add another passkey or authenticator app, then remove this one.',
  'last-sign-in-method':
    'You could not sign in without it. Choose a password, connect another account or add another passkey first.',
}

/** The response to a removal that would leave the account without the factors that it needs. */
export function refusedRemoval(refusal: FactorRemovalRefusal, { noun, path }: KeptFactor): Problem {
  return {
    status: 409,
    code: refusal.replaceAll('-', '_'),
    title: `Your ${noun} was not removed`,
    message: messages[refusal],
    nextStep: { path, label: 'Back' },
  }
}
