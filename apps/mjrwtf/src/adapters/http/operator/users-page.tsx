import type { UserSummary } from '../../../application/operator/list-users.ts'
import { dayText, relativeText } from '../components/dates.ts'
import { CsrfField } from '../components/fields.tsx'
import type { Frame } from '../components/frame.ts'
import { Pagination } from '../components/pagination.tsx'
import { SettingsLayout } from '../components/settings-layout.tsx'

interface UsersPageProps {
  readonly frame: Frame
  readonly users: readonly UserSummary[]
  /** How many there are on all pages. */
  readonly total: number
  readonly limit: number
  readonly offset: number
  readonly now: number
  /** Id of the operator's own account. */
  readonly ownId: string
}

const path = '/settings/users'

/** Who has an account, for the operator. */
export function UsersPage(props: UsersPageProps) {
  const { frame, users, total, limit, offset } = props
  const count = users.length
  return (
    <SettingsLayout frame={frame} title="People">
      <p class="lead">
        Everybody who has an account here. When a device was lost or an account is misused, sign the
        person out: all their devices are asked for the password at once.
      </p>
      {count === 0 ? <NoUsers /> : <UserTable {...props} />}
      {count > 0 && (
        <Pagination {...{ path, filter: {}, total, count }} paging={{ limit, offset }} />
      )}
      <SignOutAll csrfToken={frame.csrfToken} />
    </SettingsLayout>
  )
}

function NoUsers() {
  return (
    <div class="empty">
      <h2>Nobody here</h2>
      <p>There are no more accounts.</p>
      <a class="button secondary" href={path}>
        Show the newest
      </a>
    </div>
  )
}

function UserTable({ frame, users, now, ownId }: UsersPageProps) {
  return (
    <table class="events">
      <caption class="visually-hidden">Accounts, newest first</caption>
      <thead>
        <tr>
          <th scope="col">Account</th>
          <th scope="col">Since</th>
          <th scope="col">Sessions</th>
          <th scope="col">Last active</th>
          <th scope="col">
            <span class="visually-hidden">Act</span>
          </th>
        </tr>
      </thead>
      <tbody>
        {users.map((user) => (
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
  return (
    <tr>
      <th scope="row" class="wide">
        <span class="title breakable">
          {email}
          {isOperator && <span class="tag">Runs this server</span>}
        </span>
        <span class="hint">
          Account <code title={id}>{id.slice(0, 8)}</code>
        </span>
      </th>
      <td data-label="Since">
        <Timestamp instant={createdAt} text={dayText(createdAt)} />
      </td>
      <td data-label="Sessions">{sessionCount}</td>
      <td data-label="Last active">
        {lastActiveAt === null ? (
          'Not within a year'
        ) : (
          <Timestamp instant={lastActiveAt} text={relativeText(lastActiveAt, now)} />
        )}
      </td>
      <td>
        {isOwn ? (
          <a href="/settings/sessions">Your sessions</a>
        ) : (
          <SignOut {...{ user, csrfToken }} />
        )}
      </td>
    </tr>
  )
}

function Timestamp({ instant, text }: { readonly instant: number; readonly text: string }) {
  return (
    <time datetime={new Date(instant).toISOString()} class="day">
      {text}
    </time>
  )
}

/** Also for who has no session now: a sign-in may be under way. */
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

function SignOutAll({ csrfToken }: { readonly csrfToken: string }) {
  return (
    <section class="bulk-action" aria-labelledby="sign-out-all">
      <h2 id="sign-out-all">Everybody at once</h2>
      <p class="hint">
        Ends every session but this one, your other devices’ too. Each person finds it in their
        security log. You will be asked for your password if you have not entered it lately.
      </p>
      <div class="actions">
        <form method="post" action={`${path}/revoke-all`}>
          <CsrfField token={csrfToken} />
          <button class="button danger" type="submit">
            Sign everybody out
          </button>
        </form>
      </div>
    </section>
  )
}
