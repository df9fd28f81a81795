import type { SeenPerson } from '../../../application/list-people.ts'
import { agoText, dayText } from './dates.ts'
import { CsrfField } from './fields.tsx'
import type { Frame } from './frame.ts'
import { Pagination } from './pagination.tsx'
import { SettingsLayout } from './settings-nav.tsx'

interface PeoplePageProps {
  readonly frame: Frame
  readonly people: readonly SeenPerson[]
  /** How many there are on all pages. */
  readonly total: number
  readonly limit: number
  readonly offset: number
  readonly now: number
  /** Id of the operator's own account. */
  readonly own: string
}

const path = '/settings/people'

/** Who has an account, for the operator. */
export function PeoplePage(props: PeoplePageProps) {
  const { frame, people, total, limit, offset } = props
  const shown = people.length
  return (
    <SettingsLayout frame={frame} title="People">
      <p class="lead">
        Everybody who has an account here. When a device was lost or an account is misused, sign the
        person out: all their devices are asked for the password at once.
      </p>
      {shown === 0 ? <Nobody /> : <People {...props} />}
      {shown > 0 && (
        <Pagination {...{ path, filter: {}, total, shown }} paging={{ limit, offset }} />
      )}
      <Everybody csrfToken={frame.csrfToken} />
    </SettingsLayout>
  )
}

function Nobody() {
  return (
    <div class="empty">
      <h2>Nobody here</h2>
      <p>There are no more accounts.</p>
      <a class="button second" href={path}>
        Show the newest
      </a>
    </div>
  )
}

function People({ frame, people, now, own }: PeoplePageProps) {
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
        {people.map((person) => (
          <PersonRow {...{ person, now, isOwn: person.id === own, csrfToken: frame.csrfToken }} />
        ))}
      </tbody>
    </table>
  )
}

interface PersonRowProps {
  readonly person: SeenPerson
  readonly now: number
  readonly isOwn: boolean
  readonly csrfToken: string
}

function PersonRow({ person, now, isOwn, csrfToken }: PersonRowProps) {
  const { id, email, createdAt, isOperator, sessions, lastActiveAt } = person
  return (
    <tr>
      <th scope="row" class="wide">
        <span class="what address">
          {email}
          {isOperator && <span class="tag">Runs this server</span>}
        </span>
        <span class="hint">
          Account <code title={id}>{id.slice(0, 8)}</code>
        </span>
      </th>
      <td data-label="Since">
        <Moment instant={createdAt} text={dayText(createdAt)} />
      </td>
      <td data-label="Sessions">{sessions}</td>
      <td data-label="Last active">
        {lastActiveAt === null ? (
          'Not within a year'
        ) : (
          <Moment instant={lastActiveAt} text={agoText(lastActiveAt, now)} />
        )}
      </td>
      <td>
        {isOwn ? (
          <a href="/settings/sessions">Your sessions</a>
        ) : (
          <SignOut {...{ person, csrfToken }} />
        )}
      </td>
    </tr>
  )
}

function Moment({ instant, text }: { readonly instant: number; readonly text: string }) {
  return (
    <time datetime={new Date(instant).toISOString()} class="day">
      {text}
    </time>
  )
}

/** Also for who has no session now: a sign-in may be under way. */
function SignOut({ person, csrfToken }: Pick<PersonRowProps, 'person' | 'csrfToken'>) {
  return (
    <form method="post" action={`${path}/${encodeURIComponent(person.id)}/revoke`}>
      <CsrfField token={csrfToken} />
      <button class="button second small" type="submit">
        Sign out<span class="visually-hidden"> {person.email} everywhere</span>
      </button>
    </form>
  )
}

function Everybody({ csrfToken }: { readonly csrfToken: string }) {
  return (
    <section class="everything" aria-labelledby="everybody">
      <h2 id="everybody">Everybody at once</h2>
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
