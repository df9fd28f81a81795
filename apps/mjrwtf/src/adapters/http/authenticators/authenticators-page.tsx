import { type Authenticator, maxAuthenticators } from '../../../domain/authenticator.ts'
import { CsrfField } from '../components/fields.tsx'
import type { Frame } from '../components/frame.ts'
import { NoRecoveryCodes } from '../components/no-recovery-codes.tsx'
import { SettingsLayout } from '../components/settings-layout.tsx'
import { TimeDetail } from '../components/time-detail.tsx'

export const authenticatorsPath = '/settings/authenticators'

interface AuthenticatorsPageProps {
  readonly frame: Frame
  /** Oldest first. */
  readonly authenticators: readonly Authenticator[]
  readonly unusedRecoveryCodes: number
  readonly now: number
}

/** The authenticator apps of the user. Never shows a key. */
export function AuthenticatorsPage(props: AuthenticatorsPageProps) {
  const { frame, authenticators, unusedRecoveryCodes, now } = props
  const count = authenticators.length
  return (
    <SettingsLayout frame={frame} title="Authenticator apps">
      <p class="lead">
        An authenticator app on your phone shows a new six-digit code every 30 seconds. You enter
        the code after your password.
      </p>
      {count > 0 && unusedRecoveryCodes === 0 && <NoRecoveryCodes />}
      {count > 0 && (
        <ul class="devices">
          {authenticators.map((authenticator) => (
            <AuthenticatorItem authenticator={authenticator} now={now} />
          ))}
        </ul>
      )}
      <AddAuthenticator count={count} csrfToken={frame.csrfToken} />
    </SettingsLayout>
  )
}

interface AuthenticatorItemProps {
  readonly authenticator: Authenticator
  readonly now: number
}

function AuthenticatorItem({ authenticator, now }: AuthenticatorItemProps) {
  const { id, name, createdAt, lastUsedAt, isUsable } = authenticator
  return (
    <li class={isUsable ? 'device' : 'device unusable'}>
      <div class="device-head">
        <h2 class="breakable">{name}</h2>
        {!isUsable && <span class="tag unusable">Cannot be used</span>}
      </div>
      {!isUsable && (
        <p class="device-note">
          This site can no longer check the codes of this app. Remove it and add it again. If it is
          your only one, contact the administrator first.
        </p>
      )}
      <dl>
        <TimeDetail label="Added" instant={createdAt} now={now} />
        <TimeDetail label="Last used" instant={lastUsedAt} now={now} />
      </dl>
      <div class="device-actions">
        <a class="button secondary small" href={`${authenticatorsPath}/${id}/rename`}>
          Rename<span class="visually-hidden"> {name}</span>
        </a>
        <a class="button secondary small" href={`${authenticatorsPath}/${id}/remove`}>
          Remove<span class="visually-hidden"> {name}</span>
        </a>
      </div>
    </li>
  )
}

interface AddAuthenticatorProps {
  readonly count: number
  readonly csrfToken: string
}

/** A POST, because the response contains a key. */
function AddAuthenticator({ count, csrfToken }: AddAuthenticatorProps) {
  if (count >= maxAuthenticators) {
    return (
      <p class="hint">
        You have {count} authenticator apps, the maximum. Remove one to add another.
      </p>
    )
  }
  return (
    <section class="bulk-action" aria-labelledby="add">
      <h2 id="add">
        {count === 0 ? 'You have no authenticator app yet' : 'Add another authenticator app'}
      </h2>
      <p class="hint">
        {count === 0
          ? 'Any app or password manager that shows six-digit codes works. It takes a minute.'
          : 'With one on a second device you can still sign in if you lose your phone.'}
      </p>
      <form class="actions" method="post" action={authenticatorsPath}>
        <CsrfField token={csrfToken} />
        <button class={count === 0 ? 'button' : 'button secondary'} type="submit">
          Add authenticator app
        </button>
      </form>
    </section>
  )
}
