import type { PasskeyOffer } from '../../../application/passkeys/passkeys.ts'
import type { SentCode } from '../../../application/phone/sms-codes.ts'
import type { SecondStepMethod } from '../../../domain/second-factor.ts'
import { Alert, DraftSavedAlert } from '../components/alerts.tsx'
import { AccountName, CsrfField } from '../components/fields.tsx'
import type { Frame } from '../components/frame.ts'
import { Layout } from '../components/layout.tsx'
import { PasskeyForm, WithoutPasskeys } from '../components/passkey-form.tsx'
import { isDraftPath } from '../forms/drafts.ts'
import {
  FactorField,
  NoUsableFactor,
  OtherMethods,
  PasswordField,
  SendCodeForm,
} from './second-factor-fields.tsx'

export const reauthenticatePath = '/reauthenticate'

interface ReauthenticatePageProps {
  readonly frame: Frame
  readonly email: string
  /** Path to open after the confirmation. */
  readonly next: string | null
  /** Factors that can be sent besides the password, the last used first. Empty if the password is sufficient. */
  readonly methods: readonly SecondStepMethod[]
  /** Whether the user has what the page asks for. */
  readonly canConfirm: boolean
  /** The one that the page asks for. */
  readonly method: SecondStepMethod | null
  /** For the method `passkey`. */
  readonly passkeyOffer: PasskeyOffer | null
  /** For the method `phone`: the code that was sent last. */
  readonly sentCode: SentCode | null
  /** Error of the attempt. */
  readonly problem: string | null
}

export function ReauthenticatePage(props: ReauthenticatePageProps) {
  const { frame, next, method, methods, canConfirm, problem } = props
  return (
    <Layout frame={frame} title="Confirm it's you">
      <div class="narrow stack">
        <h1>Confirm it's you</h1>
        {canConfirm && <p class="lead">{leadOf(method)}</p>}
        {isDraftPath(next) && <DraftSavedAlert />}
        {problem !== null && <Alert kind="error">{problem}</Alert>}
        {canConfirm ? <Parts {...props} /> : <NoUsableFactor />}
        {method !== null && (
          <OtherMethods
            methods={methods}
            current={method}
            path={reauthenticatePath}
            query={next === null ? {} : { next }}
          />
        )}
      </div>
    </Layout>
  )
}

function leadOf(method: SecondStepMethod | null): string {
  if (method === null) return 'Enter your password to continue.'
  if (method === 'passkey') return 'Use your passkey to continue.'
  return 'Enter your password and a code to continue.'
}

function Parts(props: ReauthenticatePageProps) {
  const { frame, method, next, sentCode } = props
  if (method === 'passkey') return <PasskeyPart {...props} />
  const query = next === null ? '' : `?next=${encodeURIComponent(next)}`
  const sendPath = `${reauthenticatePath}/code${query}`
  const sendForm = <SendCodeForm frame={frame} path={sendPath} sentCode={sentCode} />
  if (method === 'phone' && sentCode?.isUsable !== true) return sendForm
  return (
    <>
      <PasswordForm {...props} />
      {method === 'phone' && sendForm}
    </>
  )
}

function PasswordForm({ frame, email, next, method, sentCode }: ReauthenticatePageProps) {
  return (
    <form class="card" method="post" action={reauthenticatePath}>
      <CsrfField token={frame.csrfToken} />
      <AccountName email={email} />
      {next !== null && <input type="hidden" name="next" value={next} />}
      {method !== null && <input type="hidden" name="method" value={method} />}
      <SignedInAs email={email} />
      <PasswordField />
      {method !== null && <FactorField method={method} sentCode={sentCode} isAlone={false} />}
      <div class="actions">
        <button class="button" type="submit">
          Confirm
        </button>
        <a href="/dashboard">Cancel</a>
      </div>
      <p class="hint">
        <a href="/forgot">Forgot your password?</a>
      </p>
    </form>
  )
}

function PasskeyPart({ frame, email, next, passkeyOffer }: ReauthenticatePageProps) {
  return (
    <div class="card">
      <SignedInAs email={email} />
      {passkeyOffer !== null && (
        <PasskeyForm
          frame={frame}
          offer={passkeyOffer}
          action={reauthenticatePath}
          ceremony="get"
          label="Use a passkey"
          cancelPath="/dashboard"
          isMain
        >
          {next !== null && <input type="hidden" name="next" value={next} />}
        </PasskeyForm>
      )}
      <WithoutPasskeys />
    </div>
  )
}

function SignedInAs({ email }: { readonly email: string }) {
  return (
    <p class="account">
      Signed in as <strong>{email}</strong>
    </p>
  )
}
