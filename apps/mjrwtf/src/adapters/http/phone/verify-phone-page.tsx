import type { SentCode } from '../../../application/phone/sms-codes.ts'
import { Alert } from '../components/alerts.tsx'
import { CsrfField, Field, type FieldErrors } from '../components/fields.tsx'
import type { Frame } from '../components/frame.ts'
import { SettingsLayout } from '../components/settings-layout.tsx'
import { countText } from '../components/texts.ts'
import { Timestamp } from '../components/timestamp.tsx'
import { phonePath, verifyPhonePath } from './phone-page.tsx'

interface VerifyPhonePageProps {
  readonly frame: Frame
  /** `null` after the last attempt of the code. */
  readonly sentCode: SentCode | null
  readonly fieldErrors: FieldErrors
  readonly problem: string | null
}

/** Asks for the code that was sent to a new number. */
export function VerifyPhonePage({ frame, sentCode, fieldErrors, problem }: VerifyPhonePageProps) {
  const message = problem ?? (sentCode === null ? fieldErrors.code : undefined)
  return (
    <SettingsLayout frame={frame} title="Enter the code" section={phonePath}>
      <div class="narrow stack">
        {message !== undefined && <Alert kind="error">{message}</Alert>}
        {sentCode !== null && (
          <CodeForm csrfToken={frame.csrfToken} {...{ sentCode, fieldErrors }} />
        )}
        <ResendForm csrfToken={frame.csrfToken} sentCode={sentCode} />
      </div>
    </SettingsLayout>
  )
}

interface CodeFormProps {
  readonly csrfToken: string
  readonly sentCode: SentCode
  readonly fieldErrors: FieldErrors
}

function CodeForm({ csrfToken, sentCode, fieldErrors }: CodeFormProps) {
  return (
    <form class="card" method="post" action={verifyPhonePath} data-once="">
      <CsrfField token={csrfToken} />
      <p class="account">
        We sent a code to <strong>{sentCode.name}</strong>. It is valid until{' '}
        <Timestamp instant={sentCode.expiresAt} precision="minute" />.
      </p>
      <Field
        name="code"
        label="Six-digit code"
        problem={fieldErrors.code}
        attributes={{
          autocomplete: 'one-time-code',
          inputmode: 'numeric',
          spellcheck: 'false',
          autofocus: true,
          class: 'mono code',
        }}
      />
      <div class="actions">
        <button class="button" type="submit">
          Confirm number
        </button>
        <a href={phonePath}>Cancel</a>
      </div>
    </form>
  )
}

function ResendForm({
  csrfToken,
  sentCode,
}: Pick<VerifyPhonePageProps, 'sentCode'> & { readonly csrfToken: string }) {
  const wait = sentCode?.resendSeconds ?? 0
  return (
    <form class="stack" method="post" action={`${phonePath}/resend`} data-once="">
      <CsrfField token={csrfToken} />
      <p class="hint">
        {wait > 0
          ? `No message? You can request another code in ${countText(wait, 'second')}.`
          : 'No message? Request another code, or '}
        {wait === 0 && <a href={phonePath}>use another number</a>}
        {wait === 0 && '.'}
      </p>
      <button class="button secondary small" type="submit">
        Send another code
      </button>
    </form>
  )
}
