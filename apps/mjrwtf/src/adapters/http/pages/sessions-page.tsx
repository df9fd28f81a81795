import { deviceText } from '../../../application/device-text.ts'
import type { OwnSession } from '../../../application/list-sessions.ts'
import { agoText, minuteText } from './dates.ts'
import { CsrfField } from './fields.tsx'
import type { Frame } from './frame.ts'
import { SettingsLayout } from './settings-nav.tsx'

interface SessionsPageProps {
  readonly frame: Frame
  readonly sessions: readonly OwnSession[]
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
      <Everything csrfToken={frame.csrfToken} others={sessions.length - 1} />
    </SettingsLayout>
  )
}

interface SessionItemProps {
  readonly session: OwnSession
  readonly now: number
  readonly csrfToken: string
}

function SessionItem({ session, now, csrfToken }: SessionItemProps) {
  return (
    <li class={session.isCurrent ? 'device current' : 'device'}>
      <div class="device-head">
        <h2>{deviceText(session.device)}</h2>
        {session.isCurrent && <span class="tag here">This device</span>}
        {session.remembered && <span class="tag">Stays signed in</span>}
      </div>
      <dl>
        <Moment label="Last active" instant={session.lastActivityAt} now={now} />
        <Moment label="Signed in" instant={session.createdAt} now={now} />
        <Moment label="Password entered" instant={session.authenticatedAt} now={now} />
        <div>
          <dt>Address</dt>
          <dd class="mono">{session.ipAddress ?? 'not known'}</dd>
        </div>
        {session.place !== null && <Place place={session.place} />}
      </dl>
      {session.device.browser === null && <Agent userAgent={session.userAgent} />}
      <EndButton session={session} csrfToken={csrfToken} />
    </li>
  )
}

function Place({ place }: { readonly place: string }) {
  return (
    <div>
      <dt>Place</dt>
      <dd>
        {place} <span class="absolute">by its address, roughly</span>
      </dd>
    </div>
  )
}

interface MomentProps {
  readonly label: string
  readonly instant: number
  readonly now: number
}

function Moment({ label, instant, now }: MomentProps) {
  return (
    <div>
      <dt>{label}</dt>
      <dd>
        <time datetime={new Date(instant).toISOString()}>
          {agoText(instant, now)} <span class="absolute">{minuteText(instant)}</span>
        </time>
      </dd>
    </div>
  )
}

/** As much of it as says something; it can be long, and anything at all. */
const shownOfAgent = 200

function Agent({ userAgent }: Pick<OwnSession, 'userAgent'>) {
  if (userAgent === null || userAgent === '') return null
  const isLong = userAgent.length > shownOfAgent
  return (
    <details class="agent">
      <summary>What it calls itself</summary>
      <code>{isLong ? `${userAgent.slice(0, shownOfAgent)}…` : userAgent}</code>
    </details>
  )
}

function EndButton({ session, csrfToken }: Omit<SessionItemProps, 'now'>) {
  const name = `${deviceText(session.device)}, ${session.ipAddress ?? 'address not known'}`
  return (
    <form method="post" action={session.isCurrent ? '/logout' : endPath(session.id)}>
      <CsrfField token={csrfToken} />
      <button class="button second small" type="submit">
        {session.isCurrent ? 'Sign out' : 'End session'}
        <span class="visually-hidden"> ({session.isCurrent ? 'this device' : name})</span>
      </button>
    </form>
  )
}

function endPath(id: string): string {
  return `/settings/sessions/${encodeURIComponent(id)}/revoke`
}

interface EverythingProps {
  readonly csrfToken: string
  readonly others: number
}

function Everything({ csrfToken, others }: EverythingProps) {
  return (
    <section class="everything" aria-labelledby="everything">
      <h2 id="everything">All at once</h2>
      <p class="hint">
        {others === 0
          ? 'You are signed in nowhere else.'
          : 'You will be asked for your password if you have not entered it lately.'}
      </p>
      <div class="actions">
        {others > 0 && (
          <form method="post" action="/settings/sessions/revoke-others">
            <CsrfField token={csrfToken} />
            <button class="button" type="submit">
              {others === 1 ? 'End the other session' : `End the ${others} other sessions`}
            </button>
          </form>
        )}
        <form method="post" action="/settings/sessions/revoke-all">
          <CsrfField token={csrfToken} />
          <button class="button second" type="submit">
            Sign out everywhere, here too
          </button>
        </form>
      </div>
    </section>
  )
}
