import type { UserSummary } from '../../../application/operator/user-summary.ts'
import { type SuspensionReason, suspensionReasons } from '../../../domain/suspension.ts'
import { Alert } from '../components/alerts.tsx'
import { CsrfField } from '../components/fields.tsx'
import type { Frame } from '../components/frame.ts'
import { CopyButton } from '../components/link-card.tsx'
import { SettingsLayout } from '../components/settings-layout.tsx'
import { relativeText } from '../components/texts.ts'
import { Timestamp } from '../components/timestamp.tsx'

export interface UserPageProps {
  readonly frame: Frame
  readonly user: UserSummary
  /** Whether the account is the viewer's own. */
  readonly isOwn: boolean
  readonly now: number
  /** Whether emails reach users, so that they can reset their password themselves. */
  readonly sendsEmail: boolean
  /** A link that was just created, which is shown once; `null` without one. */
  readonly resetLink: { readonly url: string; readonly expiresAt: number } | null
  /** The reason of a suspension to select, if it is one. */
  readonly reason: string | null
}

/** One account, with everything that an administrator can do to it. */
export function UserPage(props: UserPageProps) {
  const { frame, user, isOwn, resetLink } = props
  return (
    <SettingsLayout frame={frame} title={user.email} section="/settings/users">
      <div class="narrow stack">
        {resetLink !== null && <NewResetLink {...resetLink} />}
        {user.suspension !== null && <SuspendedAlert suspension={user.suspension} />}
        <Facts {...props} />
        {isOwn ? <OwnAccount /> : <Access {...props} />}
        <Role {...props} />
        {!isOwn && !user.isOperator && <Deletion user={user} />}
      </div>
    </SettingsLayout>
  )
}

export function userPath({ id }: Pick<UserSummary, 'id'>): string {
  return `/settings/users/${encodeURIComponent(id)}`
}

function Facts({ user, now }: UserPageProps) {
  return (
    <section class="device" aria-label="Account">
      <dl>
        <div>
          <dt>Role</dt>
          <dd>{user.isOperator ? 'Administrator' : 'User'}</dd>
        </div>
        <div>
          <dt>Joined</dt>
          <dd>
            <Timestamp instant={user.createdAt} precision="day" />
          </dd>
        </div>
        <div>
          <dt>Last active</dt>
          <dd>
            {user.lastActiveAt === null ? 'Over a year ago' : relativeText(user.lastActiveAt, now)}
          </dd>
        </div>
        <div>
          <dt>Sessions</dt>
          <dd>{user.sessionCount}</dd>
        </div>
        <div>
          <dt>Second factors</dt>
          <dd>{user.secondFactors === 0 ? 'None' : user.secondFactors}</dd>
        </div>
        <div>
          <dt>Account ID</dt>
          <dd>
            <code>{user.id.slice(0, 8)}</code>
          </dd>
        </div>
      </dl>
      <p class="device-note">
        <a href={`/settings/links?q=${encodeURIComponent(user.email)}`}>Links of this user</a>
      </p>
    </section>
  )
}

function OwnAccount() {
  return (
    <p>
      This is your own account. Manage it in <a href="/settings/security">your settings</a>, and
      your devices in <a href="/settings/sessions">your sessions</a>.
    </p>
  )
}

interface ActionProps {
  readonly user: UserSummary
  readonly csrfToken: string
  readonly name: string
  readonly label: string
  readonly isDangerous?: boolean
}

/** A form with only a button. */
function Action({ user, csrfToken, name, label, isDangerous }: ActionProps) {
  return (
    <form method="post" action={`${userPath(user)}/${name}`} data-once="">
      <CsrfField token={csrfToken} />
      <button class={isDangerous === true ? 'button danger' : 'button secondary'} type="submit">
        {label}
      </button>
    </form>
  )
}

function Access(props: UserPageProps) {
  const { user, frame, sendsEmail } = props
  const { csrfToken } = frame
  if (user.suspension !== null) return <Restoration {...props} />
  return (
    <>
      <section class="card stack" aria-labelledby="devices">
        <h2 id="devices">Devices</h2>
        <p>Signs the user out everywhere, for example after a device was lost.</p>
        <Action {...{ user, csrfToken }} name="revoke" label="Sign out everywhere" />
      </section>
      {(user.secondFactors > 0 || !sendsEmail) && (
        <section class="card stack" aria-labelledby="lost">
          <h2 id="lost">The user cannot sign in</h2>
          {!sendsEmail && !user.isOperator && <ResetLinkForm {...props} />}
          {user.secondFactors > 0 && (
            <p>
              Lost devices and recovery codes:{' '}
              <a href={`${userPath(user)}/factor-removal`}>Remove second factors</a>
            </p>
          )}
        </section>
      )}
      {!user.isOperator && <Suspension {...props} />}
    </>
  )
}

function ResetLinkForm({ user, frame }: UserPageProps) {
  return (
    <>
      <p>
        Forgotten password: this server sends no email, so hand the user a link that sets a new one.
        It works once, within a day, and keeps second factors.{' '}
        <strong>It opens the account: make sure who asks for it.</strong>
      </p>
      <Action
        {...{ user, csrfToken: frame.csrfToken }}
        name="reset-link"
        label="Create a reset link"
      />
    </>
  )
}

function NewResetLink({ url, expiresAt }: { readonly url: string; readonly expiresAt: number }) {
  return (
    <section class="card stack" aria-labelledby="new-link">
      <h2 id="new-link">Reset link created</h2>
      <p>Hand this link to the user. You won't see it again.</p>
      <p class="destination mono">{url}</p>
      <p>
        <CopyButton text={url} label="Copy link" variant="button" />
      </p>
      <p class="hint">
        Valid until <Timestamp instant={expiresAt} precision="minute" />. It works once.
      </p>
    </section>
  )
}

export const suspensionLabels: Readonly<Record<SuspensionReason, string>> = {
  abuse: 'Used against the rules of this site',
  compromised: 'Someone else may have access',
  requested: 'The user asked for it',
  other: 'Other (the email states no reason)',
}

function Suspension({ user, frame, reason }: UserPageProps) {
  return (
    <section class="card stack" aria-labelledby="suspend">
      <h2 id="suspend">Suspend</h2>
      <p>
        Ends all sessions, access tokens and connected apps at once, and refuses every way to sign
        in. Links keep redirecting, and nothing is deleted. The user receives an email.
      </p>
      <form class="stack" method="post" action={`${userPath(user)}/suspend`} data-once="">
        <CsrfField token={frame.csrfToken} />
        <div class="field">
          <label for="reason">Reason, for the user</label>
          <select id="reason" name="reason">
            {suspensionReasons.map((each) => (
              <option value={each} selected={each === reason}>
                {suspensionLabels[each]}
              </option>
            ))}
          </select>
        </div>
        <div>
          <button class="button danger" type="submit">
            Suspend user
          </button>
        </div>
      </form>
    </section>
  )
}

type SuspensionOf = NonNullable<UserSummary['suspension']>

function SuspendedAlert({ suspension }: { readonly suspension: SuspensionOf }) {
  return (
    <Alert kind="info">
      <p>
        <strong>Suspended</strong> since <Timestamp instant={suspension.at} precision="minute" />.
        Reason: {suspensionLabels[suspension.reason].toLowerCase()}.
      </p>
    </Alert>
  )
}

function Restoration({ user, frame }: UserPageProps) {
  return (
    <section class="card stack" aria-labelledby="restore">
      <h2 id="restore">Restore</h2>
      <p>
        The user signs in again with the same password and second factors. Access tokens and apps
        must be created and connected again.
      </p>
      <Action {...{ user, csrfToken: frame.csrfToken }} name="restore" label="Restore user" />
    </section>
  )
}

function Role(props: UserPageProps) {
  const { user } = props
  if (user.suspension !== null) return null
  return (
    <section class="card stack" aria-labelledby="role">
      <h2 id="role">Administrator role</h2>
      {user.isOperator ? <Withdrawal {...props} /> : <Promotion {...props} />}
    </section>
  )
}

function Withdrawal({ user, frame, isOwn }: UserPageProps) {
  const { csrfToken } = frame
  return (
    <>
      <p>
        {isOwn
          ? 'You become a user like others with the next request. The last administrator cannot give up the role.'
          : 'The user becomes one like others with the next request, and receives an email. An administrator can be suspended or deleted only without the role.'}
      </p>
      <Action
        {...{ user, csrfToken }}
        name="demote"
        label={isOwn ? 'Give up the role' : 'Withdraw the role'}
        isDangerous
      />
    </>
  )
}

function Promotion({ user, frame }: UserPageProps) {
  const { csrfToken } = frame
  return (
    <>
      <p>
        An administrator can do everything that you can, to your account too. The user is signed out
        everywhere and signs in again; access tokens are deleted.
      </p>
      <div class="actions">
        <Action {...{ user, csrfToken }} name="promote" label="Make administrator" />
        <Action {...{ user, csrfToken }} name="hand-over" label="Hand over my role" isDangerous />
      </div>
      <p class="hint">
        If you hand over your role, you become a user like others in the same step.
      </p>
    </>
  )
}

function Deletion({ user }: { readonly user: UserSummary }) {
  return (
    <section class="card stack" aria-labelledby="delete">
      <h2 id="delete">Delete</h2>
      <p>
        Deletes the account with its links, statistics and security log, permanently.{' '}
        <a href={`${userPath(user)}/delete`}>Delete this account</a>
      </p>
    </section>
  )
}
