import { CsrfField, Field, type FieldErrors } from '../components/fields.tsx'
import type { Frame } from '../components/frame.ts'
import { SettingsLayout } from '../components/settings-layout.tsx'
import { authenticatorsPath } from './authenticators-page.tsx'

interface ChangePageProps {
  readonly frame: Frame
  /** As stored, or as entered. */
  readonly name: string
}

interface RenamePageProps extends ChangePageProps {
  readonly fieldErrors: FieldErrors
}

export function RenameAuthenticatorPage({ frame, name, fieldErrors }: RenamePageProps) {
  return (
    <SettingsLayout frame={frame} title="Rename authenticator app" section={authenticatorsPath}>
      <div class="narrow stack">
        <form class="card" method="post" action={frame.path}>
          <CsrfField token={frame.csrfToken} />
          <Field
            name="name"
            label="Name"
            value={name}
            problem={fieldErrors.name}
            hint="It changes here only, not in the app."
            attributes={{ autocomplete: 'off' }}
          />
          <div class="actions">
            <button class="button" type="submit">
              Save
            </button>
            <a href={authenticatorsPath}>Cancel</a>
          </div>
        </form>
      </div>
    </SettingsLayout>
  )
}

export function RemoveAuthenticatorPage({ frame, name }: ChangePageProps) {
  return (
    <SettingsLayout frame={frame} title="Remove authenticator app" section={authenticatorsPath}>
      <div class="narrow stack">
        <form class="card" method="post" action={frame.path} data-once="">
          <CsrfField token={frame.csrfToken} />
          <p class="breakable">
            Remove <strong>{name}</strong>? You can no longer sign in with its codes.
          </p>
          <p class="hint">Then delete the entry in the app too.</p>
          <div class="actions">
            <button class="button danger" type="submit">
              Remove
            </button>
            <a href={authenticatorsPath}>Cancel</a>
          </div>
        </form>
      </div>
    </SettingsLayout>
  )
}
