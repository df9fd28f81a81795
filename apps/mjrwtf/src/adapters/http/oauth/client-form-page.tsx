import { describeScopes } from '../../../application/shared/scope-texts.ts'
import { scopes } from '../../../domain/scope.ts'
import { Alert, DraftRestoredAlert } from '../components/alerts.tsx'
import { CsrfField, DraftFields, Field, type FieldErrors } from '../components/fields.tsx'
import type { Frame } from '../components/frame.ts'
import { SettingsLayout } from '../components/settings-layout.tsx'
import type { ClientFormValues } from './client-fields.ts'
import { clientsPath } from './clients-page.tsx'

interface ClientFormProps {
  readonly frame: Frame
  readonly values: ClientFormValues
  readonly fieldErrors: FieldErrors
  readonly problem: string | null
  /** Id of the draft that filled the form, or empty. */
  readonly draft: string
  /** Whether the form was just filled with the draft. */
  readonly isRestored: boolean
}

interface ClientFormPageProps extends ClientFormProps {
  /** Of the application to change, or `null` to register one. */
  readonly clientId: string | null
}

/** The form that registers or changes a client application. */
export function ClientFormPage(props: ClientFormPageProps) {
  const { frame, clientId, problem, values } = props
  const title = clientId === null ? 'Register application' : `Change ${values.name}`
  return (
    <SettingsLayout frame={frame} title={title} section={clientsPath}>
      <div class="narrow stack">
        {clientId === null && (
          <p class="lead">
            Users can then allow it to act for them, with the permissions that you choose here.
          </p>
        )}
        {props.isRestored && <DraftRestoredAlert />}
        {problem !== null && <Alert kind="error">{problem}</Alert>}
        <form class="card client-form" method="post" action={frame.path} data-once="">
          <CsrfField token={frame.csrfToken} />
          <DraftFields ownerToken={frame.formOwnerToken} draft={props.draft} />
          <NameField {...props} />
          {clientId === null && <KindField {...props} />}
          <RedirectUrisField {...props} />
          <ScopeFields {...props} />
          <DeviceFlowField {...props} />
          <WebsiteField {...props} />
          {clientId !== null && (
            <p class="hint">
              If you remove a permission, all users are disconnected and have to connect again.
            </p>
          )}
          <div class="actions">
            <button class="button" type="submit">
              {clientId === null ? 'Register' : 'Save changes'}
            </button>
            <a href={clientsPath}>Cancel</a>
          </div>
        </form>
      </div>
    </SettingsLayout>
  )
}

function NameField({ values, fieldErrors }: ClientFormProps) {
  return (
    <Field
      name="name"
      label="Name"
      value={values.name}
      problem={fieldErrors.name}
      hint="Users see it when they connect the application."
      attributes={{ autocomplete: 'off' }}
    />
  )
}

const kinds = [
  {
    kind: 'public',
    label: 'App without a secret',
    hint: 'A program, mobile app or browser extension on the devices of its users.',
  },
  {
    kind: 'confidential',
    label: 'Server with a secret',
    hint: 'A web application whose server stores the secret.',
  },
] as const

function KindField({ values, fieldErrors }: ClientFormProps) {
  return (
    <fieldset class="field">
      <legend>Type</legend>
      {kinds.map(({ kind, label, hint }) => (
        <label class="check">
          <input type="radio" name="kind" value={kind} checked={values.kind === kind} required />
          <span>
            {label}
            <span class="hint">{hint}</span>
          </span>
        </label>
      ))}
      {fieldErrors.kind !== undefined && <p class="problem">{fieldErrors.kind}</p>}
    </fieldset>
  )
}

function RedirectUrisField({ values, fieldErrors }: ClientFormProps) {
  const problem = fieldErrors.redirect_uris
  const describedBy =
    problem === undefined ? 'redirect_uris-hint' : 'redirect_uris-problem redirect_uris-hint'
  return (
    <div class="field">
      <label for="redirect_uris">Redirect URIs</label>
      <textarea
        id="redirect_uris"
        name="redirect_uris"
        class="mono"
        rows={3}
        spellcheck={false}
        aria-describedby={describedBy}
        aria-invalid={problem === undefined ? undefined : 'true'}
        autofocus={problem !== undefined}
      >
        {values.redirect_uris}
      </textarea>
      <p class="hint" id="redirect_uris-hint">
        Where users return to, one in each line, compared exactly: https://…, a scheme such as
        com.example.app:/callback, or http://127.0.0.1/callback for a program, with any port.
      </p>
      {problem !== undefined && (
        <p class="problem" id="redirect_uris-problem">
          {problem}
        </p>
      )}
    </div>
  )
}

function ScopeFields({ values, fieldErrors }: ClientFormProps) {
  return (
    <fieldset class="field" aria-describedby={fieldErrors.scopes && 'scopes-problem'}>
      <legend>Permissions</legend>
      {scopes.map((scope) => (
        <label class="check">
          <input type="checkbox" name={scope} value="on" checked={values[scope] === 'on'} />
          <span>
            {describeScopes([scope])} <code class="hint">{scope}</code>
          </span>
        </label>
      ))}
      {fieldErrors.scopes !== undefined && (
        <p class="problem" id="scopes-problem">
          {fieldErrors.scopes}
        </p>
      )}
    </fieldset>
  )
}

function DeviceFlowField({ values }: ClientFormProps) {
  return (
    <fieldset class="field">
      <legend>Other devices</legend>
      <label class="check">
        <input
          type="checkbox"
          name="allows_device_flow"
          value="on"
          checked={values.allows_device_flow === 'on'}
        />
        <span>
          Allow the device flow
          <span class="hint">
            For command lines and devices without a browser: users enter a code on another device.
          </span>
        </span>
      </label>
    </fieldset>
  )
}

function WebsiteField({ values, fieldErrors }: ClientFormProps) {
  return (
    <Field
      name="website"
      label="Website"
      type="url"
      optional
      value={values.website}
      problem={fieldErrors.website}
      hint="Users can read about the application there before they connect it."
      attributes={{ autocomplete: 'off', placeholder: 'https://' }}
    />
  )
}
