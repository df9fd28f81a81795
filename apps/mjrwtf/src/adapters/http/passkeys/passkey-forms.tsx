import type { PasskeyOffer } from '../../../application/passkeys/passkeys.ts'
import { Alert } from '../components/alerts.tsx'
import { CsrfField, Field, type FieldErrors } from '../components/fields.tsx'
import type { Frame } from '../components/frame.ts'
import { PasskeyForm } from '../components/passkey-form.tsx'
import { SettingsLayout } from '../components/settings-layout.tsx'
import { NoScriptAlert, passkeysPath } from './passkeys-page.tsx'

interface NameFormProps {
  readonly frame: Frame
  readonly name: string
  readonly fieldErrors: FieldErrors
  readonly problem: string | null
}

interface AddPasskeyPageProps extends NameFormProps {
  readonly offer: PasskeyOffer
}

export function AddPasskeyPage({ frame, offer, ...props }: AddPasskeyPageProps) {
  return (
    <SettingsLayout frame={frame} title="Add a passkey" section={passkeysPath}>
      <div class="narrow stack">
        <NoScriptAlert />
        {props.problem !== null && <Alert kind="error">{props.problem}</Alert>}
        <p class="lead" data-with-passkeys="" hidden>
          Your browser asks where to save the passkey: on this device, in your password manager, on
          a phone nearby or on a security key.
        </p>
        <div class="card">
          <p data-without-passkeys="" hidden>
            This browser does not support passkeys.
          </p>
          <PasskeyForm
            {...{ frame, offer, action: `${passkeysPath}/add`, ceremony: 'create' }}
            label="Create passkey"
            isMain
          >
            <Field
              name="name"
              label="Name"
              value={props.name}
              problem={props.fieldErrors.name}
              optional
              hint="Only you see it. Leave it empty to use the name of your password manager or device."
              attributes={{ maxlength: 64, autocomplete: 'off' }}
            />
          </PasskeyForm>
          <p class="hint">
            <a href={passkeysPath}>Cancel</a>
          </p>
        </div>
      </div>
    </SettingsLayout>
  )
}

interface RenamePasskeyPageProps extends NameFormProps {
  /** Path that receives the name. */
  readonly action: string
}

export function RenamePasskeyPage({ frame, action, ...props }: RenamePasskeyPageProps) {
  return (
    <SettingsLayout frame={frame} title="Rename passkey" section={passkeysPath}>
      <div class="narrow stack">
        <form class="card" method="post" action={action}>
          <CsrfField token={frame.csrfToken} />
          <Field
            name="name"
            label="Name"
            value={props.name}
            problem={props.fieldErrors.name}
            hint="Only you see it."
            attributes={{ maxlength: 64, autocomplete: 'off' }}
          />
          <div class="actions">
            <button class="button" type="submit">
              Save
            </button>
            <a href={passkeysPath}>Cancel</a>
          </div>
        </form>
      </div>
    </SettingsLayout>
  )
}
