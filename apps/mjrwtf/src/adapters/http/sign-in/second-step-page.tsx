import type { PasskeyOffer } from '../../../application/passkeys/passkeys.ts'
import type { SentCode } from '../../../application/phone/sms-codes.ts'
import type { SecondStepMethod } from '../../../domain/second-factor.ts'
import { Alert, DraftSavedAlert } from '../components/alerts.tsx'
import { AccountName, CsrfField } from '../components/fields.tsx'
import type { Frame } from '../components/frame.ts'
import { Layout } from '../components/layout.tsx'
import { PasskeyForm, WithoutPasskeys } from '../components/passkey-form.tsx'
import { isDraftPath } from '../forms/drafts.ts'
import { secondStepPath } from './begin-sign-in.ts'
import {
  FactorField,
  factorLead,
  NoUsableFactor,
  OtherMethods,
  SendCodeForm,
} from './second-factor-fields.tsx'

interface SecondStepPageProps {
  readonly frame: Frame
  readonly email: string
  readonly signInId: string
  /** Path to open after signing in. */
  readonly next: string | null
  /** What completes the sign-in, the last used first. */
  readonly methods: readonly SecondStepMethod[]
  /** The one that the page asks for; `null` if there is none. */
  readonly method: SecondStepMethod | null
  /** For the method `passkey`. */
  readonly passkeyOffer: PasskeyOffer | null
  /** For the method `phone`: the code that was sent last. */
  readonly sentCode: SentCode | null
  readonly mayTrust: boolean
  readonly trust: boolean
  readonly problem: string | null
}

/** The second step of a sign-in. */
export function SecondStepPage(props: SecondStepPageProps) {
  const { frame, method, methods, sentCode, next, problem } = props
  return (
    <Layout frame={frame} title="Second step">
      <div class="narrow stack">
        <h1>Second step</h1>
        {method !== null && <p class="lead">{factorLead(method, sentCode)}</p>}
        {isDraftPath(next) && <DraftSavedAlert />}
        {problem !== null && !asksForCode(props) && <Alert kind="error">{problem}</Alert>}
        {method === null ? <NoUsableFactor /> : <MethodForm {...props} method={method} />}
        {method !== null && (
          <OtherMethods methods={methods} current={method} path={secondStepPath} />
        )}
        <form method="post" action={`${secondStepPath}/cancel`}>
          <CsrfField token={frame.csrfToken} />
          <button class="button secondary small" type="submit">
            Use another account
          </button>
        </form>
      </div>
    </Layout>
  )
}

/** Whether the page has a field, which shows the problem. */
function asksForCode({ method, sentCode }: SecondStepPageProps): boolean {
  if (method === 'phone') return sentCode?.isUsable === true
  return method !== null && method !== 'passkey'
}

interface MethodProps extends SecondStepPageProps {
  readonly method: SecondStepMethod
}

function MethodForm(props: MethodProps) {
  const { frame, method, sentCode, passkeyOffer } = props
  if (method === 'passkey') return <PasskeyStep {...props} offer={passkeyOffer} />
  if (!asksForCode(props)) {
    return <SendCodeForm frame={frame} path={`${secondStepPath}/code`} sentCode={sentCode} />
  }
  return (
    <>
      <form class="card" method="post" action={secondStepPath}>
        <CsrfField token={frame.csrfToken} />
        <AccountName email={props.email} />
        <StepFields {...props} />
        <FactorField {...{ method, sentCode }} problem={props.problem ?? undefined} />
        <TrustField {...props} />
        <div class="actions">
          <button class="button" type="submit">
            Sign in
          </button>
        </div>
      </form>
      {method === 'phone' && (
        <SendCodeForm frame={frame} path={`${secondStepPath}/code`} sentCode={sentCode} />
      )}
    </>
  )
}

function PasskeyStep({ offer, ...props }: MethodProps & { readonly offer: PasskeyOffer | null }) {
  return (
    <div class="card">
      {offer !== null && (
        <PasskeyForm
          frame={props.frame}
          offer={offer}
          action={secondStepPath}
          ceremony="get"
          label="Use a passkey"
          isMain
        >
          <StepFields {...props} />
          <TrustField {...props} />
        </PasskeyForm>
      )}
      <WithoutPasskeys />
    </div>
  )
}

function StepFields({ email, signInId, method, next }: MethodProps) {
  return (
    <>
      <input type="hidden" name="sign_in" value={signInId} />
      <input type="hidden" name="method" value={method} />
      {next !== null && <input type="hidden" name="next" value={next} />}
      <p class="account">
        Signing in as <strong>{email}</strong>
      </p>
    </>
  )
}

function TrustField({ mayTrust, trust }: Pick<SecondStepPageProps, 'mayTrust' | 'trust'>) {
  if (!mayTrust) return null
  return (
    <label class="check trust">
      <input type="checkbox" name="trust_browser" value="on" checked={trust} />
      <span>
        Trust this browser for 30 days
        <span class="hint">Here, your password alone will be enough to sign in.</span>
      </span>
    </label>
  )
}

/** For example, only a phone, and the operator has removed the SMS gateway. */
interface LastAttemptPageProps {
  readonly frame: Frame
  readonly next: string | null
}

/** After the last attempt, which was wrong. */
export function LastAttemptPage({ frame, next }: LastAttemptPageProps) {
  const query = next === null ? '' : `?next=${encodeURIComponent(next)}`
  return (
    <Layout frame={frame} title="Second step">
      <div class="narrow stack">
        <h1>Second step</h1>
        <Alert kind="error">That did not work. You have used all five attempts.</Alert>
        <p>
          <a class="button" href={`/login${query}`}>
            Sign in again
          </a>
        </p>
      </div>
    </Layout>
  )
}
