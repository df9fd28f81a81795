import type { SentCode } from '../../../application/phone/sms-codes.ts'
import type { SecondStepMethod } from '../../../domain/second-factor.ts'
import { Alert } from '../components/alerts.tsx'
import { CsrfField, Field } from '../components/fields.tsx'
import type { Frame } from '../components/frame.ts'
import { countText } from '../components/texts.ts'

/** What the page asks for. */
export function factorLead(method: SecondStepMethod, sentCode: SentCode | null): string {
  return method === 'phone' && sentCode?.isUsable !== true
    ? 'Get a code by text message.'
    : leads[method]
}

const leads: Readonly<Record<SecondStepMethod, string>> = {
  authenticator: 'Enter the code from your authenticator app.',
  phone: 'Enter the code from the text message.',
  'recovery-code': 'Enter one of your recovery codes. Each works once.',
  passkey: 'Use your passkey to continue.',
  password: 'Enter your password to continue.',
}

const names: Readonly<Record<SecondStepMethod, string>> = {
  authenticator: 'Use an authenticator app',
  phone: 'Get a code by text message',
  'recovery-code': 'Use a recovery code',
  passkey: 'Use a passkey',
  password: 'Use your password',
}

interface FactorFieldProps {
  readonly method: SecondStepMethod
  readonly sentCode: SentCode | null
  /** Whether it is the first field of its form, which has the focus. Default: yes. */
  readonly isAlone?: boolean
  readonly problem?: string | undefined
}

/** The one field of a method that is typed. */
export function FactorField({ method, sentCode, problem, isAlone = true }: FactorFieldProps) {
  if (method === 'password') return <PasswordField problem={problem} />
  const isDigits = method !== 'recovery-code'
  const keyboard = isDigits ? { inputmode: 'numeric' } : { autocapitalize: 'none' }
  return (
    <Field
      name="code"
      label={isDigits ? 'Six-digit code' : 'Recovery code'}
      hint={method === 'phone' && sentCode !== null ? `Sent to ${sentCode.name}.` : undefined}
      problem={problem}
      attributes={{
        autocomplete: 'one-time-code',
        spellcheck: 'false',
        autofocus: isAlone,
        class: 'mono code',
        ...keyboard,
      }}
    />
  )
}

export function PasswordField({ problem }: { readonly problem?: string | undefined }) {
  return (
    <Field
      name="password"
      label="Password"
      type="password"
      problem={problem}
      attributes={{ autocomplete: 'current-password', autofocus: true }}
    />
  )
}

/** Every factor of the user is suspended or no longer offered on this site, and there is no recovery code. */
export function NoUsableFactor() {
  return (
    <Alert kind="error">
      None of your second factors can be used at the moment. Contact the administrator.
    </Alert>
  )
}

interface SendCodeFormProps {
  readonly frame: Frame
  /** Of the route that sends a code. */
  readonly path: string
  readonly sentCode: SentCode | null
}

/** Sends a code by text message, or another one. */
export function SendCodeForm({ frame, path, sentCode }: SendCodeFormProps) {
  const wait = sentCode?.resendSeconds ?? 0
  const isFirst = sentCode === null
  return (
    <form class={isFirst ? 'card' : undefined} method="post" action={path}>
      <CsrfField token={frame.csrfToken} />
      {isFirst && <p>We will send a code to your phone. It is valid for five minutes.</p>}
      <div class="actions">
        <button class={isFirst ? 'button' : 'button secondary small'} type="submit">
          {isFirst ? 'Send code' : 'Send another code'}
        </button>
        {wait > 0 && <span class="hint">Possible in {countText(wait, 'second')}</span>}
      </div>
    </form>
  )
}

interface OtherMethodsProps {
  readonly methods: readonly SecondStepMethod[]
  readonly current: SecondStepMethod
  /** Of the page, without `method`. */
  readonly path: string
  /** Other parameters of the page. */
  readonly query?: Readonly<Record<string, string>>
}

/** Links to the other methods of the user. */
export function OtherMethods({ methods, current, path, query = {} }: OtherMethodsProps) {
  const others = methods.filter((method) => method !== current)
  if (others.length === 0) return null
  return (
    <nav class="other-methods" aria-labelledby="other-methods">
      <h2 id="other-methods">Try another way</h2>
      <ul>
        {others.map((method) => (
          <li>
            <a href={`${path}?${new URLSearchParams({ ...query, method })}`}>{names[method]}</a>
          </li>
        ))}
      </ul>
    </nav>
  )
}
