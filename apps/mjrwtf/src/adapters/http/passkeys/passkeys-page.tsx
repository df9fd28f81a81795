import { maxPasskeysPerUser, type Passkey } from '../../../domain/passkey.ts'
import { Alert } from '../components/alerts.tsx'
import { CsrfField } from '../components/fields.tsx'
import type { Frame } from '../components/frame.ts'
import { NoRecoveryCodes } from '../components/no-recovery-codes.tsx'
import { SettingsLayout } from '../components/settings-layout.tsx'
import { TimeDetail } from '../components/time-detail.tsx'
import { Timestamp } from '../components/timestamp.tsx'

export const passkeysPath = '/settings/passkeys'

interface PasskeysPageProps {
  readonly frame: Frame
  /** Oldest first. */
  readonly passkeys: readonly Passkey[]
  readonly unusedRecoveryCodes: number
  readonly now: number
}

/** The passkeys of the user, with buttons that change them. */
export function PasskeysPage({ frame, passkeys, unusedRecoveryCodes, now }: PasskeysPageProps) {
  return (
    <SettingsLayout frame={frame} title="Passkeys">
      <p class="lead">
        Sign in with your fingerprint, face or screen lock instead of a password. A passkey cannot
        be guessed or phished.
      </p>
      <NoScriptAlert />
      {passkeys.length > 0 && unusedRecoveryCodes === 0 && <NoRecoveryCodes />}
      {passkeys.length > 0 && (
        <ul class="devices">
          {passkeys.map((passkey) => (
            <PasskeyItem passkey={passkey} now={now} csrfToken={frame.csrfToken} />
          ))}
        </ul>
      )}
      <AddPasskey count={passkeys.length} />
    </SettingsLayout>
  )
}

/** Passkeys are the one thing on this site that needs JavaScript. */
export function NoScriptAlert() {
  return (
    <noscript>
      <Alert kind="info">
        <p>
          Passkeys need JavaScript, which is turned off in your browser. Without it you can use an{' '}
          <a href="/settings/authenticators">authenticator app</a> and{' '}
          <a href="/settings/recovery-codes">recovery codes</a>.
        </p>
      </Alert>
    </noscript>
  )
}

function AddPasskey({ count }: { readonly count: number }) {
  if (count >= maxPasskeysPerUser) {
    return <p class="hint">You have {count} passkeys, the maximum. Remove one to add another.</p>
  }
  return (
    <section class="bulk-action" aria-labelledby="add">
      <h2 id="add">{count === 0 ? 'You have no passkeys yet' : 'Add another passkey'}</h2>
      <p class="hint">
        {count === 0
          ? 'It takes a few seconds on a phone, a computer or a security key.'
          : 'With a second one you can still sign in if you lose a device.'}
      </p>
      <div class="actions">
        <a class={count === 0 ? 'button' : 'button secondary'} href={`${passkeysPath}/add`}>
          Add a passkey
        </a>
      </div>
    </section>
  )
}

interface PasskeyItemProps {
  readonly passkey: Passkey
  readonly now: number
  readonly csrfToken: string
}

function PasskeyItem({ passkey, now, csrfToken }: PasskeyItemProps) {
  const { name, isSynced, canVerifyUser, createdAt, lastUsedAt, suspendedAt } = passkey
  const isSuspended = suspendedAt !== null
  return (
    <li class={isSuspended ? 'device suspended' : 'device'}>
      <div class="device-head">
        <h2>{name}</h2>
        {isSuspended && <span class="tag unusable">Suspended</span>}
        <span class="tag">{isSynced ? 'Synced' : 'On one device only'}</span>
        {!canVerifyUser && <span class="tag">Needs a second step</span>}
      </div>
      {isSuspended && <SuspendedText suspendedAt={suspendedAt} />}
      <dl>
        <TimeDetail label="Added" instant={createdAt} now={now} />
        <TimeDetail label="Last used" instant={lastUsedAt} now={now} />
      </dl>
      <PasskeyActions passkey={passkey} csrfToken={csrfToken} />
    </li>
  )
}

function SuspendedText({ suspendedAt }: { readonly suspendedAt: number }) {
  return (
    <div class="device-note">
      <p>
        <strong>Someone may have copied this passkey.</strong> On{' '}
        <Timestamp instant={suspendedAt} precision="minute" /> it was used out of order, which
        happens when two copies of it exist. It cannot be used until you decide.
      </p>
      <p>
        If you use a security key that you never lent to anyone, you can keep it. If you are not
        sure, remove it and add a new one.
      </p>
    </div>
  )
}

function PasskeyActions({ passkey, csrfToken }: Omit<PasskeyItemProps, 'now'>) {
  const { id, name, suspendedAt } = passkey
  const path = `${passkeysPath}/${id}`
  return (
    <div class="device-actions">
      {suspendedAt !== null && (
        <form method="post" action={`${path}/keep`}>
          <CsrfField token={csrfToken} />
          <button class="button secondary small" type="submit">
            Keep<span class="visually-hidden"> {name}</span>
          </button>
        </form>
      )}
      <a class="button secondary small" href={`${path}/rename`}>
        Rename<span class="visually-hidden"> {name}</span>
      </a>
      <a class="button secondary small" href={`${path}/remove`}>
        Remove<span class="visually-hidden"> {name}</span>
      </a>
    </div>
  )
}
