import type { UserSummary } from '../../../application/operator/user-summary.ts'
import { CsrfField } from '../components/fields.tsx'
import type { Frame } from '../components/frame.ts'
import { Pagination } from '../components/pagination.tsx'
import { SettingsLayout } from '../components/settings-layout.tsx'
import { countText, relativeText } from '../components/texts.ts'
import { Timestamp } from '../components/timestamp.tsx'
import type { EntryList } from '../responses/entries.ts'
import { ManagedSearch } from './managed-search.tsx'
import { userPath } from './user-page.tsx'

interface UsersPageProps {
  readonly frame: Frame
  readonly list: EntryList<UserSummary>
  readonly limit: number
  readonly now: number
  /** Id of the administrator who views the page. */
  readonly ownId: string
  /** Text of the search, or empty for all users. */
  readonly query: string
}

const path = '/settings/users'

/** All users, or those of a search, for administrators. */
export function UsersPage(props: UsersPageProps) {
  const { frame, list, limit, query } = props
  const { range } = list
  return (
    <SettingsLayout frame={frame} title="Users">
      <p class="lead">
        Everyone with an account. Open a user to sign them out, suspend them or change their role.
      </p>
      <ManagedSearch action={path} label="Find by email" query={query} />
      {range.count === 0 ? <NoUsers query={query} /> : <UserList {...props} />}
      {range.count > 0 && query === '' && (
        <Pagination {...{ path, limit, filter: {}, range, total: null }} />
      )}
      {query !== '' && range.count >= 100 && (
        <p class="hint">The 100 newest are shown. Enter more of the email to find others.</p>
      )}
      {query === '' && <SignOutAll csrfToken={frame.csrfToken} />}
    </SettingsLayout>
  )
}

function NoUsers({ query }: { readonly query: string }) {
  return (
    <div class="empty">
      <h2>{query === '' ? 'No more users' : `No results for "${query}"`}</h2>
      <a class="button secondary" href={path}>
        Show newest users
      </a>
    </div>
  )
}

function UserList({ list, now, ownId }: UsersPageProps) {
  return (
    <ul class="devices" aria-label="Users, newest first">
      {list.entries.map((user) => (
        <UserItem {...{ user, now, isOwn: user.id === ownId }} />
      ))}
    </ul>
  )
}

interface UserItemProps {
  readonly user: UserSummary
  readonly now: number
  readonly isOwn: boolean
}

function UserItem({ user, now, isOwn }: UserItemProps) {
  const { email, createdAt, isOperator, sessionCount, lastActiveAt } = user
  return (
    <li class="device managed">
      <div class="device-head">
        <h2 class="breakable">
          <a href={userPath(user)}>{email}</a>
        </h2>
        {isOperator && <span class="tag">Administrator</span>}
        {user.suspension !== null && <span class="tag unusable">Suspended</span>}
        {isOwn && <span class="tag this-device">You</span>}
      </div>
      <p class="hint device-note">
        {countText(sessionCount, 'session')} · Active:{' '}
        {lastActiveAt === null ? 'over a year ago' : relativeText(lastActiveAt, now)} · Joined:{' '}
        <Timestamp instant={createdAt} precision="day" />
      </p>
    </li>
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
