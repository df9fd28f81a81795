import type { PasskeyOffer } from '../../../application/passkeys/passkeys.ts'
import type { SentCode } from '../../../application/phone/sms-codes.ts'
import type { SecondStepMethod } from '../../../domain/second-factor.ts'
import { Alert, DraftSavedAlert } from '../components/alerts.tsx'
import { AccountName, CsrfField } from '../components/fields.tsx'
import type { Frame } from '../components/frame.ts'
import { Layout } from '../components/layout.tsx'
import { PasskeyForm, WithoutPasskeys } from '../components/passkey-form.tsx'
import { isDraftPath } from '../forms/drafts.ts'
import { isInterruptedPath } from '../responses/after-interruption.ts'
import {
  FactorField,
  factorLead,
  NoUsableFactor,
  OtherMethods,
  PasswordField,
  SendCodeForm,
} from './second-factor-fields.tsx'

export const reauthenticatePath = '/reauthenticate'

/** Followed by the provider. */
export const providerConfirmPath = `${reauthenticatePath}/with`

interface ReauthenticatePageProps {
  readonly frame: Frame
  readonly email: string
  /** Path to open after the confirmation. */
  readonly next: string | null
  /** Factors that can be sent besides the password, the last used first. Empty if the password is sufficient. */
  readonly methods: readonly SecondStepMethod[]
  /** Whether the user can send what the page asks for. Otherwise there may be a provider. */
  readonly canConfirm: boolean
  /** Whether the password is part of it. */
  readonly asksForPassword: boolean
  /** With which the user can confirm instead of the password. */
  readonly providers: readonly ConfirmingProvider[]
  /** Whether a second factor is required after the provider. */
  readonly needsFactorAfterProvider: boolean
  /** Whether a password can be set by email. */
  readonly isEmailEnabled: boolean
  /** The one that the page asks for. */
  readonly method: SecondStepMethod | null
  /** For the method `passkey`. */
  readonly passkeyOffer: PasskeyOffer | null
  /** For the method `phone`: the code that was sent last. */
  readonly sentCode: SentCode | null
  /** Error of the attempt. */
  readonly problem: string | null
}

interface ConfirmingProvider {
  readonly id: string
  readonly name: string
}

export function ReauthenticatePage(props: ReauthenticatePageProps) {
  const { frame, next, method, methods, canConfirm, providers, problem } = props
  const lead = leadOf(props)
  return (
    <Layout frame={frame} title="Confirm it's you">
      <div class="narrow stack">
        <h1>Confirm it's you</h1>
        {lead !== null && <p class="lead">{lead}</p>}
        {isDraftPath(next) && <DraftSavedAlert />}
        {isInterruptedPath(next) && (
          <p class="lead">Nothing has been changed yet. You can finish on the next page.</p>
        )}
        {problem !== null && <Alert kind="error">{problem}</Alert>}
        {canConfirm && <Parts {...props} />}
        <ProviderPart {...props} />
        {!canConfirm && providers.length === 0 && <NothingToConfirmWith {...props} />}
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

function leadOf(props: ReauthenticatePageProps): string | null {
  const { method, canConfirm, asksForPassword, providers } = props
  if (!canConfirm) {
    return providers.length === 0 ? null : 'Sign in again with a connected account to continue.'
  }
  if (method === null) return 'Enter your password to continue.'
  if (method === 'passkey') return 'Use your passkey to continue.'
  if (!asksForPassword) return factorLead(method, props.sentCode)
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
      <FactorForm {...props} />
      {method === 'phone' && sendForm}
    </>
  )
}

function FactorForm(props: ReauthenticatePageProps) {
  const { frame, email, next, method, asksForPassword, sentCode } = props
  return (
    <form class="card" method="post" action={reauthenticatePath}>
      <CsrfField token={frame.csrfToken} />
      <AccountName email={email} />
      {next !== null && <input type="hidden" name="next" value={next} />}
      {method !== null && <input type="hidden" name="method" value={method} />}
      <SignedInAs email={email} />
      {asksForPassword && <PasswordField />}
      {method !== null && (
        <FactorField method={method} sentCode={sentCode} isAlone={!asksForPassword} />
      )}
      <div class="actions">
        <button class="button" type="submit">
          Confirm
        </button>
        <a href="/dashboard">Cancel</a>
      </div>
      {asksForPassword && (
        <p class="hint">
          <a href="/forgot">Forgot your password?</a>
        </p>
      )}
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

/** Below the other form, or the only way. */
function ProviderPart(props: ReauthenticatePageProps) {
  const { providers, canConfirm, email } = props
  if (providers.length === 0) return null
  if (canConfirm) {
    return (
      <div class="providers">
        <p class="or">or</p>
        <ProviderLinks {...props} />
      </div>
    )
  }
  return (
    <div class="card">
      <SignedInAs email={email} />
      <div class="providers">
        <ProviderLinks {...props} />
      </div>
      <div class="actions">
        <a href="/dashboard">Cancel</a>
      </div>
    </div>
  )
}

/** Not buttons of a form, whose redirect to another site browsers block (`form-action`). */
function ProviderLinks(props: ReauthenticatePageProps) {
  const { providers, canConfirm, next, needsFactorAfterProvider } = props
  const query = next === null ? '' : `?next=${encodeURIComponent(next)}`
  return (
    <>
      <ul>
        {providers.map(({ id, name }) => (
          <li>
            <a
              class={canConfirm ? 'button secondary' : 'button'}
              href={`${providerConfirmPath}/${id}${query}`}
            >
              Confirm with {name}
            </a>
          </li>
        ))}
      </ul>
      {needsFactorAfterProvider && <p class="hint">We then ask for your second factor.</p>}
    </>
  )
}

/** Their provider cannot confirm that the user has just signed in there, or they have only a factor that is no longer accepted. */
function NothingToConfirmWith(props: ReauthenticatePageProps) {
  const { frame, email, isEmailEnabled } = props
  if (frame.viewer?.hasPassword !== false) return <NoUsableFactor />
  if (!isEmailEnabled) {
    return (
      <Alert kind="error">
        Your account has no password, and your provider cannot confirm that you have just signed in
        there. Contact the administrator.
      </Alert>
    )
  }
  return (
    <div class="card stack">
      <SignedInAs email={email} />
      <p>
        Your account has no password, and your provider cannot confirm that you have just signed in
        there. Set a password with an emailed link. Then you can confirm with it, or add a passkey.
      </p>
      <div class="actions">
        <a class="button" href="/forgot">
          Set a password by email
        </a>
        <a href="/dashboard">Cancel</a>
      </div>
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
