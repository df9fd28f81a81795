import type { AuthorizationRequest } from '../../../application/oauth/authorization-request.ts'
import { redirectUriKind } from '../../../domain/redirect-uri.ts'
import { formatScopes, type Scope } from '../../../domain/scope.ts'
import { Alert } from '../components/alerts.tsx'
import type { Frame } from '../components/frame.ts'
import { Layout } from '../components/layout.tsx'
import { ConsentForm } from './consent-form.tsx'

interface ConsentPageProps {
  readonly frame: Frame
  readonly request: AuthorizationRequest
  /** Those of the request that the user has. */
  readonly scopes: readonly Scope[]
  /** Path and query of the request. */
  readonly action: string
  /** Whether the user has consented to something else. */
  readonly hasChanged: boolean
}

/** Asks the user whether a client application gets what it requests. */
export function ConsentPage({ frame, request, scopes, action, hasChanged }: ConsentPageProps) {
  const { client, redirectUri } = request
  const isIncomplete = scopes.length < request.scopes.length
  return (
    <Layout frame={frame} title={`Connect ${client.name}`}>
      <div class="narrow stack">
        <h1 class="breakable">Connect {client.name} to your account?</h1>
        {hasChanged && <Alert kind="error">The request has changed. Review it again.</Alert>}
        {redirectUriKind(redirectUri) !== 'https' && <StartedByYou name={client.name} />}
        {isIncomplete && <OnlyForAdministrators name={client.name} />}
        <ConsentForm
          {...{ frame, client, scopes, action }}
          fields={{ scope: formatScopes(scopes) }}
        >
          <div>
            <dt>Afterward</dt>
            <dd class="breakable">{destinationText(redirectUri)}</dd>
          </div>
        </ConsentForm>
      </div>
    </Layout>
  )
}

/** Any program on the computer can receive the answer, under the name of the app. */
function StartedByYou({ name }: { readonly name: string }) {
  return (
    <Alert kind="info">
      <p>
        <strong>Only continue if you just started this yourself</strong> in {name} on this device.
        Another program could pretend to be {name}.
      </p>
    </Alert>
  )
}

function OnlyForAdministrators({ name }: { readonly name: string }) {
  return (
    <Alert kind="info">
      <p>
        {name} also asked for administrator functions. It does not get them, because you are not an
        administrator.
      </p>
    </Alert>
  )
}

function destinationText(redirectUri: string): string {
  const { host, protocol } = new URL(redirectUri)
  switch (redirectUriKind(redirectUri)) {
    case 'https':
      return `You return to ${host}`
    case 'loopback':
      return 'You return to the app on this device'
    case 'private-use':
      return `You return to the app that opens ${protocol} links`
  }
}
