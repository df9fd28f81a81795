import type { SessionView } from '../../../application/sessions/own-sessions.ts'
import { deviceText } from '../../../application/shared/device-text.ts'
import { minuteText, relativeText } from '../components/dates.ts'
import { CsrfField } from '../components/fields.tsx'
import type { Frame } from '../components/frame.ts'
import { SettingsLayout } from '../components/settings-layout.tsx'

interface SessionsPageProps {
  readonly frame: Frame
  readonly sessions: readonly SessionView[]
  readonly now: number
}

/** Where somebody is signed in, and how to end it. */
export function SessionsPage({ frame, sessions, now }: SessionsPageProps) {
  return (
    <SettingsLayout frame={frame} title="Where you are signed in">
      <p class="lead">
        Each of these devices can use your account. End what you do not know or no longer use: it is
        signed out at once.
      </p>
      <ul class="devices">
        {sessions.map((session) => (
          <SessionItem session={session} now={now} csrfToken={frame.csrfToken} />
        ))}
      </ul>
      <EndAllSessions csrfToken={frame.csrfToken} otherCount={sessions.length - 1} />
    </SettingsLayout>
  )
}

interface SessionItemProps {
  readonly session: SessionView
  readonly now: number
  readonly csrfToken: string
}

function SessionItem({ session, now, csrfToken }: SessionItemProps) {
  return (
    <li class={session.isCurrent ? 'device current' : 'device'}>
      <div class="device-head">
        <h2>{deviceText(session.device)}</h2>
        {session.isCurrent && <span class="tag this-device">This device</span>}
        {session.remembered && <span class="tag">Stays signed in</span>}
      </div>
      <dl>
        <Timestamp label="Last active" instant={session.lastActivityAt} now={now} />
        <Timestamp label="Signed in" instant={session.createdAt} now={now} />
        <Timestamp label="Password entered" instant={session.authenticatedAt} now={now} />
        <div>
          <dt>Address</dt>
          <dd class="mono">{session.ipAddress ?? 'not known'}</dd>
        </div>
        {session.location !== null && <SessionLocation location={session.location} />}
      </dl>
      {session.device.browser === null && <UserAgent userAgent={session.userAgent} />}
      <EndButton session={session} csrfToken={csrfToken} />
    </li>
  )
}

function SessionLocation({ location }: { readonly location: string }) {
  return (
    <div>
      <dt>Place</dt>
      <dd>
        {location} <span class="absolute">by its address, roughly</span>
      </dd>
    </div>
  )
}

interface TimestampProps {
  readonly label: string
  readonly instant: number
  readonly now: number
}

function Timestamp({ label, instant, now }: TimestampProps) {
  return (
    <div>
      <dt>{label}</dt>
      <dd>
        <time datetime={new Date(instant).toISOString()}>
          {relativeText(instant, now)} <span class="absolute">{minuteText(instant)}</span>
        </time>
      </dd>
    </div>
  )
}

/** As much of it as says something; it can be long, and anything at all. */
const maxAgentLength = 200

function UserAgent({ userAgent }: Pick<SessionView, 'userAgent'>) {
  if (userAgent === null || userAgent === '') return null
  const isLong = userAgent.length > maxAgentLength
  return (
    <details class="agent">
      <summary>What it calls itself</summary>
      <code>{isLong ? `${userAgent.slice(0, maxAgentLength)}…` : userAgent}</code>
    </details>
  )
}

function EndButton({ session, csrfToken }: Omit<SessionItemProps, 'now'>) {
  const name = `${deviceText(session.device)}, ${session.ipAddress ?? 'address not known'}`
  return (
    <form method="post" action={session.isCurrent ? '/logout' : endPath(session.id)}>
      <CsrfField token={csrfToken} />
      <button class="button secondary small" type="submit">
        {session.isCurrent ? 'Sign out' : 'End session'}
        <span class="visually-hidden"> ({session.isCurrent ? 'this device' : name})</span>
      </button>
    </form>
  )
}

function endPath(id: string): string {
  return `/settings/sessions/${encodeURIComponent(id)}/revoke`
}

interface EndAllSessionsProps {
  readonly csrfToken: string
  readonly otherCount: number
}

function EndAllSessions({ csrfToken, otherCount }: EndAllSessionsProps) {
  return (
    <section class="bulk-action" aria-labelledby="end-all">
      <h2 id="end-all">All at once</h2>
      <p class="hint">
        {otherCount === 0
          ? 'You are signed in nowhere else.'
          : 'You will be asked for your password if you have not entered it lately.'}
      </p>
      <div class="actions">
        {otherCount > 0 && (
          <form method="post" action="/settings/sessions/revoke-others">
            <CsrfField token={csrfToken} />
            <button class="button" type="submit">
              {otherCount === 1 ? 'End the other session' : `End the ${otherCount} other sessions`}
            </button>
          </form>
        )}
        <form method="post" action="/settings/sessions/revoke-all">
          <CsrfField token={csrfToken} />
          <button class="button secondary" type="submit">
            Sign out everywhere, here too
          </button>
        </form>
      </div>
    </section>
  )
}
