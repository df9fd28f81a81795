import type { FactorRemovalReview } from '../../../application/second-factors/factor-removals.ts'
import { Alert } from '../components/alerts.tsx'
import { CsrfField } from '../components/fields.tsx'
import type { Frame } from '../components/frame.ts'
import { SettingsLayout } from '../components/settings-layout.tsx'
import { Timestamp } from '../components/timestamp.tsx'

interface FactorRemovalPageProps extends FactorRemovalReview {
  readonly frame: Frame
  /** Whether the account is the administrator's own. */
  readonly isOwn: boolean
}

/** What the removal does, with the form that requests or cancels it. */
export function FactorRemovalPage(props: FactorRemovalPageProps) {
  const { frame, user, removal, isOwn, isEmailEnabled } = props
  const title = 'Remove second factors'
  return (
    <SettingsLayout frame={frame} title={title} section="/settings/users">
      <div class="narrow stack">
        <p class="account">
          Account: <strong class="breakable">{user.email}</strong>
        </p>
        {removal !== null && <Pending {...props} dueAt={removal.dueAt} />}
        {removal === null && isOwn && <OwnAccount />}
        {removal === null && !isOwn && user.secondFactors === 0 && <NoFactor />}
        {removal === null && !isOwn && user.secondFactors > 0 && isEmailEnabled && (
          <RequestForm {...props} />
        )}
        {removal === null && !isOwn && user.secondFactors > 0 && !isEmailEnabled && (
          <EmailDisabled email={user.email} />
        )}
      </div>
    </SettingsLayout>
  )
}

function actionOf({ user }: Pick<FactorRemovalPageProps, 'user'>): string {
  return `/settings/users/${encodeURIComponent(user.id)}/factor-removal`
}

function Pending(props: FactorRemovalPageProps & { readonly dueAt: number }) {
  return (
    <section class="card stack" aria-labelledby="pending">
      <h2 id="pending">The removal is pending</h2>
      <p>
        All second factors and recovery codes will be removed on{' '}
        <strong>
          <Timestamp instant={props.dueAt} precision="minute" />
        </strong>
        , unless the user cancels it or signs in with one of them.
      </p>
      <form method="post" action={`${actionOf(props)}/cancel`} data-once="">
        <CsrfField token={props.frame.csrfToken} />
        <button class="button secondary" type="submit">
          Cancel the removal
        </button>
      </form>
    </section>
  )
}

function RequestForm(props: FactorRemovalPageProps) {
  const { user, isEmailVerified } = props
  return (
    <>
      <p class="lead">
        For a user who has lost their devices and recovery codes. Afterward they sign in without a
        second factor.
      </p>
      <Alert kind="info">
        <p>
          <strong>Make sure that the request is from them,</strong> for example with a call. Someone
          who knows the password may write to you in their name.
        </p>
      </Alert>
      <section class="card stack" aria-labelledby="what-happens">
        <h2 id="what-happens">What happens</h2>
        <ul class="sentences">
          <li>
            We email the user now, and again one day before the removal. Both emails have a link
            that cancels it.
          </li>
          <li>
            After 72 hours, we remove all passkeys, authenticator apps, the phone number and the
            recovery codes, unless a second factor was used until then.
          </li>
          <li>The password stays the same, and you get no access to the account.</li>
          <li>The user sees it in their security log.</li>
        </ul>
        {!isEmailVerified && <UnverifiedEmail />}
        <form method="post" action={actionOf(props)} data-once="">
          <CsrfField token={props.frame.csrfToken} />
          <button class="button danger" type="submit">
            Remove in 72 hours
          </button>
        </form>
      </section>
      <CommandHint email={user.email} />
    </>
  )
}

function UnverifiedEmail() {
  return (
    <Alert kind="error">
      <p>
        <strong>The email of this account was never verified.</strong> Our emails may not reach the
        user.
      </p>
    </Alert>
  )
}

function CommandHint({ email }: { readonly email: string }) {
  return (
    <p class="hint">
      To remove them immediately, run{' '}
      <code class="breakable">npm run remove-factors -- {email}</code> on the server.
    </p>
  )
}

function EmailDisabled({ email }: { readonly email: string }) {
  return (
    <>
      <Alert kind="info">
        <p>
          <strong>This server sends no email,</strong> so the user could not be notified and could
          not cancel the removal.
        </p>
      </Alert>
      <CommandHint email={email} />
    </>
  )
}

function OwnAccount() {
  return (
    <p>
      This is your own account. Remove your second factors in{' '}
      <a href="/settings/security">your security settings</a>, where you confirm it with one.
    </p>
  )
}

function NoFactor() {
  return <p>This user has no second factor.</p>
}
