import type { PendingDevice } from '../../../application/oauth/device-authorizations.ts'
import { formatScopes, type Scope } from '../../../domain/scope.ts'
import { Alert } from '../components/alerts.tsx'
import { CsrfField, Field } from '../components/fields.tsx'
import type { Frame } from '../components/frame.ts'
import { Layout } from '../components/layout.tsx'
import { relativeText } from '../components/texts.ts'
import { ConsentForm } from './consent-form.tsx'

export const devicePath = '/oauth/device'

interface UserCodePageProps {
  readonly frame: Frame
  /** The email of the account. */
  readonly email: string
  readonly userCode: string
  readonly problem: string | undefined
}

/** Asks for the code that a device shows. */
export function UserCodePage({ frame, email, userCode, problem }: UserCodePageProps) {
  return (
    <Layout frame={frame} title="Connect a device">
      <div class="narrow stack">
        <h1>Connect a device</h1>
        <p class="lead">
          Enter the code that your device or command line shows. Next you see what it asks for.
        </p>
        <form class="card" method="post" action={devicePath} data-once="">
          <CsrfField token={frame.csrfToken} />
          <SignedInAs email={email} />
          <Field
            name="user_code"
            label="Code"
            value={userCode}
            problem={problem}
            hint="Eight characters, such as WDJB-MJHT."
            attributes={{
              autocomplete: 'off',
              autocapitalize: 'characters',
              autocorrect: 'off',
              spellcheck: 'false',
              autofocus: true,
              class: 'mono code',
            }}
          />
          <div class="actions">
            <button class="button" type="submit">
              Continue
            </button>
          </div>
        </form>
        <p>
          Enter a code only if you started this yourself. We never send codes, and no one needs you
          to enter one for them.
        </p>
      </div>
    </Layout>
  )
}

interface DeviceConsentPageProps extends PendingDevice {
  readonly frame: Frame
  /** Of the request, in the form. */
  readonly handle: string
  /** What the user would grant. */
  readonly scopes: readonly Scope[]
  /** Where the request came from, as text. */
  readonly device: string
  readonly location: string | null
  /** Whether it came from another network than this browser. */
  readonly isOtherNetwork: boolean
  readonly problem: string | null
  readonly now: number
}

/** Asks whether a device may use the account. */
export function DeviceConsentPage(props: DeviceConsentPageProps) {
  const { frame, client, handle, scopes, problem } = props
  return (
    <Layout frame={frame} title={`Connect ${client.name}`}>
      <div class="narrow stack">
        <h1 class="breakable">Connect {client.name} to your account?</h1>
        {problem !== null && <Alert kind="error">{problem}</Alert>}
        <Alert kind="info">
          <p>
            <strong>Allow this only if you just started it on a device of yours.</strong> If someone
            sent you the code, deny it: they would get access to your account.
          </p>
        </Alert>
        {scopes.length === 0 ? (
          <OnlyForAdministrators name={client.name} />
        ) : (
          <ConsentForm
            {...{ frame, client, scopes }}
            action={devicePath}
            fields={{ request: handle, scope: formatScopes(scopes) }}
          >
            <RequestDetails {...props} />
          </ConsentForm>
        )}
      </div>
    </Layout>
  )
}

/** A request of nothing that the user has. */
function OnlyForAdministrators({ name }: { readonly name: string }) {
  return (
    <Alert kind="error">
      <p>
        {name} asks only for administrator functions, and you are not an administrator. Stop it on
        the device, or wait until the code expires.
      </p>
    </Alert>
  )
}

function RequestDetails(props: DeviceConsentPageProps) {
  const { authorization, device, location, isOtherNetwork, now } = props
  return (
    <>
      <div>
        <dt>Requested</dt>
        <dd>{relativeText(authorization.createdAt, now)}</dd>
      </div>
      <div>
        <dt>Requested by</dt>
        <dd class="breakable">{device}</dd>
      </div>
      <div>
        <dt>IP address</dt>
        <dd class="breakable">
          <span class="mono">{authorization.ipAddress ?? 'unknown'}</span>
          {isOtherNetwork && <strong> · not the network you are on</strong>}
        </dd>
      </div>
      {location !== null && (
        <div>
          <dt>Location</dt>
          <dd>{location} (approximate)</dd>
        </div>
      )}
    </>
  )
}

function SignedInAs({ email }: { readonly email: string }) {
  return (
    <p class="account">
      Signed in as <strong>{email}</strong>
    </p>
  )
}

interface DecidedPageProps {
  readonly frame: Frame
  readonly isApproved: boolean
  /** Names the app. */
  readonly message: string
}

/** After the decision. */
export function DecidedPage({ frame, isApproved, message }: DecidedPageProps) {
  const title = isApproved ? 'Return to your device' : 'Access denied'
  return (
    <Layout frame={frame} title={title}>
      <div class="narrow stack">
        <h1>{title}</h1>
        <p class="lead">{message}</p>
        <p>
          {isApproved
            ? 'It continues within a few seconds. You can close this page.'
            : 'The device got no access to your account.'}
        </p>
        <p>
          <a href="/settings/connected-apps">Review your connected apps</a>
        </p>
      </div>
    </Layout>
  )
}
