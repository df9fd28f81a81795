import type { SecurityStep } from '../../../domain/security-step.ts'

interface NextStepsProps {
  readonly steps: readonly SecurityStep[]
  /** Whether nothing on the page is more important. */
  readonly isUrgent: boolean
  readonly hasPassword: boolean
}

/** What to do next, the most important step first. */
export function NextSteps({ steps, isUrgent, hasPassword }: NextStepsProps) {
  if (steps.length === 0) {
    return (
      <div class="card security-state good">
        <h2>Your account is well protected</h2>
        <p>You have a second factor and recovery codes. There is nothing to do.</p>
      </div>
    )
  }
  return (
    <section class="card security-state stack" aria-labelledby="next">
      <h2 id="next">{steps.length === 1 ? 'Next step' : 'Next steps'}</h2>
      <ol class="next-steps">
        {steps.map((step, index) => (
          <NextStep text={textOf(step, hasPassword)} isMain={isUrgent && index === 0} />
        ))}
      </ol>
    </section>
  )
}

interface NextStepProps {
  readonly text: StepText
  readonly isMain: boolean
}

function NextStep({ text: { text, href, label }, isMain }: NextStepProps) {
  return (
    <li>
      <p>{text}</p>
      <a class={isMain ? 'button small' : 'button secondary small'} href={href}>
        {label}
      </a>
    </li>
  )
}

interface StepText {
  readonly text: string
  readonly href: string
  readonly label: string
}

/** A passkey is also what lets a user without a password confirm that it is them. */
const addPasskeyText: StepText = {
  text: "Add a passkey. With it you can confirm that it's you, and sign in without a password.",
  href: '/settings/passkeys',
  label: 'Add a passkey',
}

function textOf(step: SecurityStep, hasPassword: boolean): StepText {
  return step === 'set-up-factor' && !hasPassword ? addPasskeyText : stepTexts[step]
}

const stepTexts: Readonly<Record<SecurityStep, StepText>> = {
  'set-up-required-factor': {
    text: 'Set up a second factor. This site requires one for your account.',
    href: '/settings/second-factor',
    label: 'Set up a second factor',
  },
  'review-passkey': {
    text: 'A passkey may have been copied. Decide whether to keep or remove it.',
    href: '/settings/passkeys',
    label: 'Review passkeys',
  },
  'create-recovery-codes': {
    text: 'Create recovery codes, so that you can sign in if you lose your device.',
    href: '/settings/recovery-codes',
    label: 'Create recovery codes',
  },
  'renew-recovery-codes': {
    text: 'You have only a few recovery codes left. Create new ones.',
    href: '/settings/recovery-codes',
    label: 'Create new codes',
  },
  'set-up-factor': {
    text: 'Set up a second factor. It protects your account even if someone learns your password.',
    href: '/settings/second-factor',
    label: 'Set up a second factor',
  },
  'replace-phone': {
    text: 'Add a passkey or an authenticator app. Text messages can be intercepted.',
    href: '/settings/passkeys',
    label: 'Add a passkey',
  },
  'verify-email': {
    text: 'Verify your email, so that we can send you security alerts.',
    href: '/settings/account',
    label: 'Verify your email',
  },
}
