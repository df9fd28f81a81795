import type { UserSummary } from '../../../application/operator/operator.ts'
import { CsrfField } from '../components/fields.tsx'
import type { Frame } from '../components/frame.ts'
import { Pagination } from '../components/pagination.tsx'
import { SettingsLayout } from '../components/settings-layout.tsx'
import { relativeText } from '../components/texts.ts'
import { Timestamp } from '../components/timestamp.tsx'
import type { EntryList } from '../responses/entries.ts'

interface UsersPageProps {
  readonly frame: Frame
  readonly list: EntryList<UserSummary>
  readonly limit: number
  readonly now: number
  /** Id of the administrator who views the page. */
  readonly ownId: string
}

const path = '/settings/users'

/** All users, for the administrator. */
export function UsersPage(props: UsersPageProps) {
  const { frame, list, limit } = props
  const { range } = list
  return (
    <SettingsLayout frame={frame} title="Users">
      <p class="lead">
        Everyone with an account. Sign a person out if a device was lost or the account is being
        misused.
      </p>
      {range.count === 0 ? <NoUsers /> : <UserTable {...props} />}
      {range.count > 0 && <Pagination {...{ path, limit, filter: {}, range, total: null }} />}
      <SignOutAll csrfToken={frame.csrfToken} />
    </SettingsLayout>
  )
}

function NoUsers() {
  return (
    <div class="empty">
      <h2>No more users</h2>
      <a class="button secondary" href={path}>
        Show newest users
      </a>
    </div>
  )
}

function UserTable({ frame, list, now, ownId }: UsersPageProps) {
  return (
    <table class="events">
      <caption class="visually-hidden">Users, newest first</caption>
      <thead>
        <tr>
          <th scope="col">User</th>
          <th scope="col">Joined</th>
          <th scope="col">Sessions</th>
          <th scope="col">Last active</th>
          <th scope="col">
            <span class="visually-hidden">Actions</span>
          </th>
        </tr>
      </thead>
      <tbody>
        {list.entries.map((user) => (
          <UserRow {...{ user, now, isOwn: user.id === ownId, csrfToken: frame.csrfToken }} />
        ))}
      </tbody>
    </table>
  )
}

interface UserRowProps {
  readonly user: UserSummary
  readonly now: number
  readonly isOwn: boolean
  readonly csrfToken: string
}

function UserRow({ user, now, isOwn, csrfToken }: UserRowProps) {
  const { id, email, createdAt, isOperator, sessionCount, lastActiveAt } = user
  const isSuspended = user.suspension !== null
  return (
    <tr>
      <th scope="row" class="wide">
        <span class="title breakable">
          {email}
          {isOperator && <span class="tag">Administrator</span>}
          {isSuspended && <span class="tag">Suspended</span>}
        </span>
        <span class="hint">
          Account <code title={id}>{id.slice(0, 8)}</code>
        </span>
      </th>
      <td data-label="Joined">
        <Timestamp instant={createdAt} precision="day" />
      </td>
      <td data-label="Sessions">{sessionCount}</td>
      <td data-label="Last active">
        {lastActiveAt === null ? 'Over a year ago' : relativeText(lastActiveAt, now)}
      </td>
      <td>
        <Actions {...{ user, isOwn, csrfToken }} />
      </td>
    </tr>
  )
}

/** A suspended user has neither a session nor a way in. */
function Actions({ user, isOwn, csrfToken }: Omit<UserRowProps, 'now'>) {
  if (isOwn) return <a href="/settings/sessions">Your sessions</a>
  if (user.suspension !== null) return null
  return (
    <>
      <SignOut {...{ user, csrfToken }} />
      {user.secondFactors > 0 && <RemoveFactors user={user} />}
    </>
  )
}

/** Also shown for users without a session: a sign-in may be in progress. */
function SignOut({ user, csrfToken }: Pick<UserRowProps, 'user' | 'csrfToken'>) {
  return (
    <form method="post" action={`${path}/${encodeURIComponent(user.id)}/revoke`}>
      <CsrfField token={csrfToken} />
      <button class="button secondary small" type="submit">
        Sign out<span class="visually-hidden"> {user.email} everywhere</span>
      </button>
    </form>
  )
}

/** Leads to a page that says what happens. */
function RemoveFactors({ user }: Pick<UserRowProps, 'user'>) {
  return (
    <a class="row-action" href={`${path}/${encodeURIComponent(user.id)}/factor-removal`}>
      Remove second factors<span class="visually-hidden"> of {user.email}</span>
    </a>
  )
}

function SignOutAll({ csrfToken }: { readonly csrfToken: string }) {
  return (
    <section class="bulk-action" aria-labelledby="sign-out-all">
      <h2 id="sign-out-all">All users</h2>
      <p class="hint">
        Signs out all users, and your other devices. It is recorded in each user's security log. You
        may need to confirm that it's you.
      </p>
      <div class="actions">
        <form method="post" action={`${path}/revoke-all`}>
          <CsrfField token={csrfToken} />
          <button class="button danger" type="submit">
            Sign out all users
          </button>
        </form>
      </div>
    </section>
  )
}
