import type { PhoneStatus, PhoneView } from '../../../application/phone/change-phone.ts'
import { Alert, DraftRestoredAlert } from '../components/alerts.tsx'
import { CsrfField, DraftFields, Field } from '../components/fields.tsx'
import type { Frame } from '../components/frame.ts'
import { SettingsLayout } from '../components/settings-layout.tsx'
import { TimeDetail } from '../components/time-detail.tsx'
import type { FormState } from '../forms/form-page.ts'

export const phonePath = '/settings/phone'
export const verifyPhonePath = '/settings/phone/verify'

interface PhonePageProps extends PhoneStatus, Omit<FormState<unknown>, 'values'> {
  readonly frame: Frame
  readonly now: number
  /** What the user typed, or empty. */
  readonly number: string
}

/** The phone of the user, of which only the last digits are shown, and the form for another number. */
export function PhonePage(props: PhonePageProps) {
  const { frame, now, phone, sentCode, isEnabled, mayAdd, problem, isRestored } = props
  return (
    <SettingsLayout frame={frame} title="Phone">
      <p class="lead">
        Get a code by text message when you sign in, if you cannot use a passkey or an authenticator
        app.
      </p>
      <div class="narrow stack">
        {problem !== null && <Alert kind="error">{problem}</Alert>}
        {isRestored && <DraftRestoredAlert />}
        {sentCode !== null && (
          <Alert kind="info">
            <p>
              {sentCode.name} counts once you <a href={verifyPhonePath}>enter the code</a> that we
              sent to it.
            </p>
          </Alert>
        )}
        {phone !== null && <PhoneItem {...{ phone, now }} />}
        <Restricted />
        {!isEnabled && <p class="hint">Text messages are not available on this site.</p>}
        {isEnabled && !mayAdd && <OtherFactorFirst />}
        {isEnabled && mayAdd && <NumberForm {...props} />}
      </div>
    </SettingsLayout>
  )
}

interface PhoneItemProps {
  readonly phone: PhoneView
  readonly now: number
}

function PhoneItem({ phone, now }: PhoneItemProps) {
  const { name, createdAt, lastUsedAt } = phone
  return (
    <ul class="devices">
      <li class="device">
        <div class="device-head">
          <h2>{name}</h2>
        </div>
        <dl>
          <TimeDetail label="Added" instant={createdAt} now={now} />
          <TimeDetail label="Last used" instant={lastUsedAt} now={now} />
        </dl>
        <div class="device-actions">
          <a class="button secondary small" href={`${phonePath}/remove`}>
            Remove<span class="visually-hidden"> {name}</span>
          </a>
        </div>
      </li>
    </ul>
  )
}

/** NIST requires to say that text messages are restricted, and to offer an alternative that is not (SP 800-63B-4 section 3.2.9). */
function Restricted() {
  return (
    <section class="card stack" aria-labelledby="restricted">
      <h2 id="restricted">Text messages are the weakest second step</h2>
      <p>
        Others can intercept them, or get your number moved to their SIM card. That is why the US
        standards institute NIST restricts their use (
        <a href="https://pages.nist.gov/800-63-4/sp800-63b.html">SP 800-63B-4</a>, section 3.2.9). A
        passkey or an authenticator app is safer, and works without reception.
      </p>
      <div class="actions">
        <a class="button" href="/settings/passkeys">
          Use a passkey
        </a>
        <a class="button secondary" href="/settings/authenticators">
          Use an authenticator app
        </a>
      </div>
    </section>
  )
}

function OtherFactorFirst() {
  return (
    <p class="hint">
      As an administrator you can add a phone once you have a passkey or an authenticator app. It
      cannot be your only second factor.
    </p>
  )
}

function NumberForm({ frame, phone, number, fieldErrors, draft }: PhonePageProps) {
  const title = phone === null ? 'Add a phone anyway' : 'Use another number'
  return (
    <section class="card stack" aria-labelledby="number-form">
      <h2 id="number-form">{title}</h2>
      {phone !== null && (
        <p class="hint">{phone.name} stays until you have entered the code for the new number.</p>
      )}
      <form method="post" action={phonePath} data-once="">
        <CsrfField token={frame.csrfToken} />
        <DraftFields ownerToken={frame.formOwnerToken} draft={draft} />
        <Field
          name="number"
          label="Phone number"
          type="tel"
          value={number}
          hint="With the country code, such as +44 7700 900123. We send a code to it. Message rates may apply."
          problem={fieldErrors.number}
          attributes={{ autocomplete: 'tel' }}
        />
        <div class="actions">
          <button class="button secondary" type="submit">
            Send code
          </button>
        </div>
      </form>
    </section>
  )
}
