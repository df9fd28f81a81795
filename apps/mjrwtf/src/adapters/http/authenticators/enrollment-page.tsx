import type { Enrollment } from '../../../application/authenticators/enrollment.ts'
import { CsrfField, Field, type FieldErrors } from '../components/fields.tsx'
import type { Frame } from '../components/frame.ts'
import { CopyButton } from '../components/link-card.tsx'
import { QrCode } from '../components/qr-code.tsx'
import { SettingsLayout } from '../components/settings-layout.tsx'
import { authenticatorsPath } from './authenticators-page.tsx'

interface EnrollmentPageProps {
  readonly frame: Frame
  readonly enrollment: Enrollment
  readonly name: string
  readonly fieldErrors: FieldErrors
}

/** Shows a new key, and asks for its first code. Only as the response to a POST. */
export function EnrollmentPage({ frame, enrollment, name, fieldErrors }: EnrollmentPageProps) {
  return (
    <SettingsLayout frame={frame} title="Add an authenticator app" section={authenticatorsPath}>
      <form
        class="card enrollment"
        method="post"
        action={authenticatorsPath}
        data-once=""
        data-shown-once=""
      >
        <CsrfField token={frame.csrfToken} />
        <input type="hidden" name="enrollment" value={enrollment.token} />
        <ol class="steps">
          <li>
            <h2>Scan this code with your app</h2>
            <Scan enrollment={enrollment} />
          </li>
          <li>
            <h2>Enter the code that your app shows</h2>
            <CodeAndName name={name} fieldErrors={fieldErrors} />
          </li>
        </ol>
      </form>
    </SettingsLayout>
  )
}

function Scan({ enrollment: { key, uri } }: Pick<EnrollmentPageProps, 'enrollment'>) {
  return (
    <div class="scan">
      <QrCode text={uri} label="QR code for your authenticator app" />
      <div>
        <p>
          Is the app on this device? <a href={uri}>Open it here</a>
        </p>
        <p class="hint">Cannot scan it? Enter this key in the app:</p>
        <code class="key">{key.replaceAll(/(.{4})(?=.)/g, '$1 ')}</code>
        <CopyButton
          text={key}
          label="Copy key"
          variant="button secondary small"
          announcement="Copied the key"
        />
      </div>
    </div>
  )
}

function CodeAndName({ name, fieldErrors }: Pick<EnrollmentPageProps, 'name' | 'fieldErrors'>) {
  return (
    <>
      <Field
        name="code"
        label="Six-digit code"
        problem={fieldErrors.code}
        attributes={{ autocomplete: 'one-time-code', inputmode: 'numeric', spellcheck: 'false' }}
      />
      <Field
        name="name"
        label="Name"
        value={name}
        problem={fieldErrors.name}
        hint="For you only, for example the device that it is on."
        attributes={{ autocomplete: 'off' }}
      />
      <div class="actions">
        <button class="button" type="submit">
          Add authenticator app
        </button>
        <a href={authenticatorsPath}>Cancel</a>
      </div>
    </>
  )
}
