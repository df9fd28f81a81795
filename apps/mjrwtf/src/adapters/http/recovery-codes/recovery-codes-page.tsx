import type { RecoveryCodesStatus } from '../../../application/ports/recovery-code-repository.ts'
import { fewRecoveryCodes, recoveryCodeCount } from '../../../domain/recovery-code.ts'
import { Alert } from '../components/alerts.tsx'
import { CsrfField } from '../components/fields.tsx'
import type { Frame } from '../components/frame.ts'
import { SettingsLayout } from '../components/settings-layout.tsx'
import { countText, dayText } from '../components/texts.ts'
import { Timestamp } from '../components/timestamp.tsx'

const path = '/settings/recovery-codes'

interface RecoveryCodesPageProps extends RecoveryCodesStatus {
  readonly frame: Frame
  readonly secondFactors: number
}

/** How many codes are left. Never shows a code. */
export function RecoveryCodesPage(props: RecoveryCodesPageProps) {
  const { frame, secondFactors, createdAt } = props
  return (
    <SettingsLayout frame={frame} title="Recovery codes">
      <p class="lead">
        If you lose your devices, a recovery code replaces your second factor at sign-in. Each code
        works once.
      </p>
      <div class="narrow stack">
        {secondFactors === 0 && <NoSecondFactor />}
        {secondFactors > 0 && createdAt === null && <NoCodes csrfToken={frame.csrfToken} />}
        {secondFactors > 0 && createdAt !== null && <CodesLeft {...props} createdAt={createdAt} />}
      </div>
    </SettingsLayout>
  )
}

function NoSecondFactor() {
  return (
    <section class="card stack" aria-labelledby="add-factor">
      <h2 id="add-factor">Add a second factor first</h2>
      <p>
        Recovery codes are for accounts with a second factor. You can create them once you have one.
      </p>
      <div class="actions">
        <a class="button" href="/settings/passkeys">
          Add a passkey
        </a>
        <a class="button secondary" href="/settings/authenticators">
          Add an authenticator app
        </a>
      </div>
    </section>
  )
}

function NoCodes({ csrfToken }: { readonly csrfToken: string }) {
  return (
    <section class="card stack" aria-labelledby="no-codes">
      <h2 id="no-codes">You have no recovery codes</h2>
      <p>Without them, losing your devices can lock you out of your account.</p>
      <CreateForm csrfToken={csrfToken} label="Create recovery codes" isPrimary />
    </section>
  )
}

function CodesLeft(props: RecoveryCodesPageProps & { readonly createdAt: number }) {
  const { frame, unused, createdAt, isSaved } = props
  const { csrfToken } = frame
  const isFew = unused <= fewRecoveryCodes
  return (
    <>
      {isFew && <FewCodes unused={unused} />}
      {!isSaved && !isFew && <UnsavedCodes createdAt={createdAt} csrfToken={csrfToken} />}
      <section class="card stack" aria-labelledby="codes-left">
        <div class="codes-left">
          <h2 id="codes-left">
            {unused} of {recoveryCodeCount} codes left
          </h2>
          <CodeMeter unused={unused} />
        </div>
        <p class="hint">
          Created <Timestamp instant={createdAt} precision="minute" />.
        </p>
        <CreateForm csrfToken={csrfToken} label="Create new codes" isPrimary={isFew || !isSaved} />
        <p class="hint">Your current codes stop working as soon as you create new ones.</p>
      </section>
    </>
  )
}

/** The number as a picture: the heading says it. */
function CodeMeter({ unused }: { readonly unused: number }) {
  return (
    <span class="code-meter" aria-hidden="true">
      {Array.from({ length: recoveryCodeCount }, (_, index) => (
        <span class={index < unused ? 'unused' : 'used'}></span>
      ))}
    </span>
  )
}

function FewCodes({ unused }: { readonly unused: number }) {
  return (
    <Alert kind="error">
      <p>
        <strong>
          {unused === 0 ? 'You have no codes left.' : `Only ${countText(unused, 'code')} left.`}
        </strong>{' '}
        Create new codes, so that you are not locked out if you lose your devices.
      </p>
    </Alert>
  )
}

interface UnsavedCodesProps {
  readonly createdAt: number
  readonly csrfToken: string
}

function UnsavedCodes(props: UnsavedCodesProps) {
  return (
    <Alert kind="info">
      <div class="stack">
        <p>
          <strong>Did you save your codes?</strong> We cannot show them again. If you did not save
          them, create new ones.
        </p>
        <SavedForm {...props} variant="button secondary small" />
      </div>
    </Alert>
  )
}

interface CreateFormProps {
  readonly csrfToken: string
  readonly label: string
  readonly isPrimary: boolean
}

function CreateForm({ csrfToken, label, isPrimary }: CreateFormProps) {
  return (
    <form method="post" action={path} data-once="">
      <CsrfField token={csrfToken} />
      <button class={isPrimary ? 'button' : 'button secondary'} type="submit">
        {label}
      </button>
    </form>
  )
}

function SavedForm({
  createdAt,
  csrfToken,
  variant,
}: UnsavedCodesProps & { readonly variant: string }) {
  return (
    <form method="post" action={`${path}/saved`} data-once="">
      <CsrfField token={csrfToken} />
      <input type="hidden" name="created_at" value={new Date(createdAt).toISOString()} />
      <button class={variant} type="submit">
        I have saved them
      </button>
    </form>
  )
}

interface NewRecoveryCodesPageProps {
  readonly frame: Frame
  /** Host of the site, for the file and the printed page. */
  readonly site: string
  readonly email: string
  readonly codes: readonly string[]
  readonly createdAt: number
}

/** Shows the new codes, once. The script removes them when the user leaves the page, so that going back does not show them. */
export function NewRecoveryCodesPage(props: NewRecoveryCodesPageProps) {
  const { frame, site, email, codes, createdAt } = props
  return (
    <SettingsLayout frame={frame} title="Your recovery codes">
      <p class="lead">
        Save these codes now. <strong>We cannot show them again.</strong> Any earlier codes no
        longer work.
      </p>
      <section class="card stack recovery-codes" aria-label="Recovery codes" data-shown-once="">
        <p class="print-only">
          Recovery codes for {email} at {site}, created on {dayText(createdAt)}. Each works once.
        </p>
        <ol>
          {codes.map((code) => (
            <li>
              <code>{code}</code>
            </li>
          ))}
        </ol>
        <SaveButtons {...props} />
      </section>
      <div class="stack after-codes">
        <p class="hint">
          Keep them in a password manager, or print this page and keep it in a safe place. Anyone
          who can pass the first step of your sign-in can use them for the second.
        </p>
        <SavedForm createdAt={createdAt} csrfToken={frame.csrfToken} variant="button" />
      </div>
    </SettingsLayout>
  )
}

/** Hidden until the script shows them. Without it, the codes can be selected, and printed with the browser. */
function SaveButtons({ site, email, codes, createdAt }: NewRecoveryCodesPageProps) {
  const list = codes.join('\n')
  const file = `Recovery codes for ${email} at ${site}\nCreated on ${dayText(createdAt)}. Each works once.\n\n${list}\n`
  return (
    <div class="actions">
      <button
        class="button secondary small"
        type="button"
        data-copy={list}
        data-copied="Copied all codes"
        hidden
      >
        <span data-label="">Copy all</span>
      </button>
      <button
        class="button secondary small"
        type="button"
        data-download={file}
        data-file-name={`${site.replaceAll(':', '-')}-recovery-codes.txt`}
        hidden
      >
        Download
      </button>
      <button class="button secondary small" type="button" data-print="" hidden>
        Print
      </button>
    </div>
  )
}
