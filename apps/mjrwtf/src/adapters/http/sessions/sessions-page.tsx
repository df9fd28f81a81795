import type { SessionView } from '../../../application/sessions/own-sessions.ts'
import { deviceText } from '../../../application/shared/describe-client.ts'
import type { TrustedBrowserView } from '../../../application/sign-in/trusted-browsers.ts'
import { unknownAuthentication } from '../../../domain/identity.ts'
import { CsrfField } from '../components/fields.tsx'
import type { Frame } from '../components/frame.ts'
import { methodsText } from '../components/method-texts.ts'
import { SettingsLayout } from '../components/settings-layout.tsx'
import { TimeDetail } from '../components/time-detail.tsx'
import { Timestamp } from '../components/timestamp.tsx'

interface SessionsPageProps {
  readonly frame: Frame
  readonly sessions: readonly SessionView[]
  readonly browsers: readonly TrustedBrowserView[]
  readonly now: number
}

/** The user's sessions and trusted browsers, with buttons that end them. */
export function SessionsPage({ frame, sessions, browsers, now }: SessionsPageProps) {
  return (
    <SettingsLayout frame={frame} title="Sessions">
      <p class="lead">
        These devices are signed in to your account. Sign out any you do not recognize.
      </p>
      <ul class="devices">
        {sessions.map((session) => (
          <SessionItem session={session} now={now} csrfToken={frame.csrfToken} />
        ))}
      </ul>
      {browsers.length > 0 && (
        <section class="trusted-browsers" aria-labelledby="trusted-browsers">
          <h2 id="trusted-browsers">Trusted browsers</h2>
          <p class="hint">
            In these browsers you sign in with your password alone, without the second step.
          </p>
          <ul class="devices">
            {browsers.map((browser) => (
              <BrowserItem browser={browser} now={now} csrfToken={frame.csrfToken} />
            ))}
          </ul>
        </section>
      )}
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
        {session.remembered && <span class="tag">Remembered</span>}
      </div>
      <dl>
        <TimeDetail label="Last active" instant={session.lastActivityAt} now={now} />
        <TimeDetail label="Signed in" instant={session.createdAt} now={now} />
        <LastConfirmed instant={session.authenticatedAt} now={now} />
        <SignInMethods methods={session.methods} />
        <div>
          <dt>IP address</dt>
          <dd class="mono">{session.ipAddress ?? 'unknown'}</dd>
        </div>
        {session.location !== null && <SessionLocation location={session.location} />}
      </dl>
      {session.device.browser === null && <UserAgent userAgent={session.userAgent} />}
      <EndButton session={session} csrfToken={csrfToken} />
    </li>
  )
}

interface BrowserItemProps {
  readonly browser: TrustedBrowserView
  readonly now: number
  readonly csrfToken: string
}

function BrowserItem({ browser, now, csrfToken }: BrowserItemProps) {
  const name = `${deviceText(browser.device)}, ${browser.ipAddress ?? 'unknown IP address'}`
  return (
    <li class={browser.isCurrent ? 'device current' : 'device'}>
      <div class="device-head">
        <h3>{deviceText(browser.device)}</h3>
        {browser.isCurrent && <span class="tag this-device">This browser</span>}
      </div>
      <dl>
        <TimeDetail label="Last used" instant={browser.lastUsedAt} now={now} />
        <div>
          <dt>Trusted until</dt>
          <dd>
            <Timestamp instant={browser.expiresAt} precision="minute" />
          </dd>
        </div>
        <div>
          <dt>IP address</dt>
          <dd class="mono">{browser.ipAddress ?? 'unknown'}</dd>
        </div>
      </dl>
      <form method="post" action={`/settings/sessions/browsers/${browser.id}/revoke`}>
        <CsrfField token={csrfToken} />
        <button class="button secondary small" type="submit">
          Stop trusting
          <span class="visually-hidden"> ({browser.isCurrent ? 'this browser' : name})</span>
        </button>
      </form>
    </li>
  )
}

interface LastConfirmedProps {
  readonly instant: number
  readonly now: number
}

/** A provider that does not say when the user authenticated has confirmed nothing. */
function LastConfirmed({ instant, now }: LastConfirmedProps) {
  if (instant !== unknownAuthentication) {
    return <TimeDetail label="Last confirmed" {...{ instant, now }} />
  }
  return (
    <div>
      <dt>Last confirmed</dt>
      <dd>Not in this session</dd>
    </div>
  )
}

function SignInMethods({ methods }: Pick<SessionView, 'methods'>) {
  const text = methodsText(methods.map(({ method }) => method))
  if (text === null) return null
  return (
    <div>
      <dt>Signed in with</dt>
      <dd>{text}</dd>
    </div>
  )
}

function SessionLocation({ location }: { readonly location: string }) {
  return (
    <div>
      <dt>Location</dt>
      <dd>
        {location} <span class="absolute">approximate, from IP address</span>
      </dd>
    </div>
  )
}

/** The header is client-controlled and can be long. */
const maxAgentLength = 200

function UserAgent({ userAgent }: Pick<SessionView, 'userAgent'>) {
  if (userAgent === null || userAgent === '') return null
  const isLong = userAgent.length > maxAgentLength
  return (
    <details class="agent">
      <summary>User agent</summary>
      <code>{isLong ? `${userAgent.slice(0, maxAgentLength)}…` : userAgent}</code>
    </details>
  )
}

function EndButton({ session, csrfToken }: Omit<SessionItemProps, 'now'>) {
  const name = `${deviceText(session.device)}, ${session.ipAddress ?? 'unknown IP address'}`
  return (
    <form method="post" action={session.isCurrent ? '/logout' : endPath(session.id)}>
      <CsrfField token={csrfToken} />
      <button class="button secondary small" type="submit">
        Sign out
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
      <h2 id="end-all">All devices</h2>
      <p class="hint">
        {otherCount === 0
          ? 'You are not signed in anywhere else.'
          : 'You may need to enter your password again.'}
        {' Your '}
        <a href="/settings/connected-apps">connected apps</a> are disconnected too.
      </p>
      <div class="actions">
        {otherCount > 0 && (
          <form method="post" action="/settings/sessions/revoke-others">
            <CsrfField token={csrfToken} />
            <button class="button" type="submit">
              {otherCount === 1
                ? 'Sign out 1 other device'
                : `Sign out ${otherCount} other devices`}
            </button>
          </form>
        )}
        <form method="post" action="/settings/sessions/revoke-all">
          <CsrfField token={csrfToken} />
          <button class="button secondary" type="submit">
            Sign out everywhere, including here
          </button>
        </form>
      </div>
    </section>
  )
}
