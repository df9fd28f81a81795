import type { SecondStepMethod } from '../../../domain/second-factor.ts'
import { Alert, DraftSavedAlert } from '../components/alerts.tsx'
import { AccountName, CsrfField } from '../components/fields.tsx'
import type { Frame } from '../components/frame.ts'
import { Layout } from '../components/layout.tsx'
import { isDraftPath } from '../forms/drafts.ts'
import { secondStepPath } from './begin-sign-in.ts'
import { FactorField, factorLead, OtherMethods } from './second-factor-fields.tsx'

interface SecondStepPageProps {
  readonly frame: Frame
  readonly email: string
  readonly signInId: string
  /** Path to open after signing in. */
  readonly next: string | null
  /** What completes the sign-in, the last used first. */
  readonly methods: readonly SecondStepMethod[]
  /** The one that the page asks for; `null` if there is none, or no attempt is left. */
  readonly method: SecondStepMethod | null
  readonly hasAttempts: boolean
  readonly mayTrust: boolean
  readonly trust: boolean
  readonly problem: string | null
}

/** The second step of a sign-in. */
export function SecondStepPage(props: SecondStepPageProps) {
  const { frame, method, methods, next, problem } = props
  return (
    <Layout frame={frame} title="Second step">
      <div class="narrow stack">
        <h1>One more step</h1>
        {method !== null && <p class="lead">{factorLead(method)}</p>}
        {isDraftPath(next) && <DraftSavedAlert />}
        {problem !== null && <Alert kind="error">{problem}</Alert>}
        {method === null ? <NoMethod {...props} /> : <MethodForm {...props} method={method} />}
        {method !== null && (
          <OtherMethods methods={methods} current={method} path={secondStepPath} />
        )}
        <form method="post" action={`${secondStepPath}/cancel`}>
          <CsrfField token={frame.csrfToken} />
          <button class="link" type="submit">
            Use another account
          </button>
        </form>
      </div>
    </Layout>
  )
}

function MethodForm(props: SecondStepPageProps & { readonly method: SecondStepMethod }) {
  const { frame, email, method, next, signInId } = props
  return (
    <form class="card" method="post" action={secondStepPath}>
      <CsrfField token={frame.csrfToken} />
      <AccountName email={email} />
      <input type="hidden" name="sign_in" value={signInId} />
      <input type="hidden" name="method" value={method} />
      {next !== null && <input type="hidden" name="next" value={next} />}
      <p class="account">
        Signing in as <strong>{email}</strong>
      </p>
      <FactorField method={method} />
      {props.mayTrust && (
        <label class="check">
          <input type="checkbox" name="trust_browser" value="on" checked={props.trust} />
          Trust this browser for 30 days: sign in here with the password alone
        </label>
      )}
      <div class="actions">
        <button class="button" type="submit">
          Sign in
        </button>
      </div>
    </form>
  )
}

function NoMethod({ hasAttempts }: Pick<SecondStepPageProps, 'hasAttempts'>) {
  if (hasAttempts) {
    return (
      <Alert kind="error">
        None of your second factors can be used at the moment. Contact the administrator.
      </Alert>
    )
  }
  return (
    <p>
      You have used all five attempts. <a href="/login">Sign in again</a>
    </p>
  )
}
