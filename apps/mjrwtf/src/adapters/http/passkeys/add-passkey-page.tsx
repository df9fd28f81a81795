import type { PasskeyOffer } from '../../../application/passkeys/passkeys.ts'
import { Alert } from '../components/alerts.tsx'
import { Field, type FieldErrors } from '../components/fields.tsx'
import type { Frame } from '../components/frame.ts'
import { PasskeyForm } from '../components/passkey-form.tsx'
import { SettingsLayout } from '../components/settings-layout.tsx'
import { NoScriptAlert, passkeysPath } from './passkeys-page.tsx'

interface AddPasskeyPageProps {
  readonly frame: Frame
  readonly offer: PasskeyOffer
  readonly name: string
  readonly fieldErrors: FieldErrors
  readonly problem: string | null
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
            cancelPath={passkeysPath}
            isMain
          >
            <Field
              name="name"
              label="Name"
              value={props.name}
              problem={props.fieldErrors.name}
              optional
              hint="Only you see it. Leave it empty to use the name of your password manager or device."
              attributes={{ autocomplete: 'off' }}
            />
          </PasskeyForm>
        </div>
      </div>
    </SettingsLayout>
  )
}
