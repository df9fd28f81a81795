import type { Child } from 'hono/jsx'
import { Flashes, PlainHttpAlert, ReadOnlyAlert } from './alerts.tsx'
import { CsrfField } from './fields.tsx'
import type { Frame } from './frame.ts'
import { OtherHostAlert } from './other-host-alert.tsx'

/** The script sends the time zone of the browser there, once. */
export const timeZonePath = '/settings/preferences/time-zone'

interface LayoutProps {
  readonly frame: Frame
  /** Title of the page, without the name of the site. */
  readonly title: string
  readonly children?: Child
}

/** The document of every page: head, navigation, flashes, footer. */
export function Layout({ frame, title, children }: LayoutProps) {
  return (
    <html lang="en" data-theme={frame.theme === 'system' ? undefined : frame.theme}>
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content={frame.theme === 'system' ? 'light dark' : frame.theme} />
        <title>{`${title} · ${frame.site.name}`}</title>
        <link rel="icon" href={frame.assets.icon} />
        {frame.viewer !== null && <link rel="manifest" href="/manifest.webmanifest" />}
        <link rel="stylesheet" href={frame.assets.styles} />
        <script nonce={frame.nonce} src={frame.assets.script} defer></script>
      </head>
      <body
        data-after-post={frame.reloadPath ?? undefined}
        data-detect-zone={frame.detectsZone ? timeZonePath : undefined}
      >
        <a class="skip" href="#content">
          Skip to content
        </a>
        <Header frame={frame} />
        {frame.viewer !== null && <SessionEndedAlert />}
        <main id="content" tabindex={-1}>
          {frame.otherHost !== null && <OtherHostAlert frame={frame} opened={frame.otherHost} />}
          {frame.isPlainHttp && frame.viewer?.isOperator === true && <PlainHttpAlert />}
          {frame.isReadOnly && <ReadOnlyAlert />}
          <Flashes flashes={frame.flashes} />
          {children}
        </main>
        <Footer frame={frame} />
        <p id="announcements" class="visually-hidden" aria-live="polite"></p>
      </body>
    </html>
  )
}

function Footer({ frame }: { readonly frame: Frame }) {
  const { imprintUrl, privacyUrl } = frame.site
  return (
    <footer class="foot">
      <ul>
        {imprintUrl !== null && (
          <li>
            <a href={imprintUrl}>Imprint</a>
          </li>
        )}
        {privacyUrl !== null && (
          <li>
            <a href={privacyUrl}>Privacy</a>
          </li>
        )}
        <li>
          <a href={`${frame.home}docs/api`}>API</a>
        </li>
        <li>Powered by mjr.wtf</li>
      </ul>
      <p>
        Add <code>+</code> to any short link to preview it.
      </p>
    </footer>
  )
}

/** Shown by the script when the session of an open page ends. */
function SessionEndedAlert() {
  return (
    <div class="session-ended" role="alert" data-session-events="/session/events" hidden>
      <p>
        <strong data-reason></strong> Keep this page open and you will not lose what you typed.
      </p>
      <a class="button small" href="/login" target="_blank" rel="noopener">
        Sign in again<span class="visually-hidden"> (opens a new tab)</span>
      </a>
    </div>
  )
}

function Header({ frame }: { readonly frame: Frame }) {
  return (
    <header class={frame.viewer === null ? 'bar' : 'bar signed-in'}>
      <a class="brand" href={frame.home}>
        <Logo path={frame.assets.logo} />
        <span class="name">{frame.site.name}</span>
      </a>
      {frame.hasNavigation && (
        <nav aria-label="Main">
          <ul>
            {frame.viewer === null ? <VisitorLinks frame={frame} /> : <UserLinks frame={frame} />}
          </ul>
        </nav>
      )}
    </header>
  )
}

function VisitorLinks({ frame }: { readonly frame: Frame }) {
  return (
    <>
      <NavLink frame={frame} href="/login" label="Sign in" />
      {frame.signUpOpen && <NavLink frame={frame} href="/signup" label="Sign up" />}
    </>
  )
}

function UserLinks({ frame }: { readonly frame: Frame }) {
  return (
    <>
      <NavLink frame={frame} href="/dashboard" label="Links" />
      <NavLink frame={frame} href="/create" label="New link" />
      {frame.invitesEnabled && frame.viewer?.isOperator === true && (
        <NavLink
          frame={frame}
          href="/settings/invitations"
          label="Invitations"
          itemClass="invitations"
        />
      )}
      <NavLink frame={frame} href="/settings" label="Settings" section="/settings/" />
      <li class="current-user" title={frame.viewer?.email}>
        {frame.viewer?.email}
      </li>
      <li>
        <form method="post" action="/logout">
          <CsrfField token={frame.csrfToken} />
          <button class="plain" type="submit">
            Sign out
          </button>
        </form>
      </li>
    </>
  )
}

interface NavLinkProps {
  readonly frame: Frame
  readonly href: string
  readonly label: string
  /** Path prefix of the section that the link stands for. */
  readonly section?: string
  readonly itemClass?: string
}

function NavLink({ frame, href, label, section, itemClass }: NavLinkProps) {
  const isInSection = section !== undefined && frame.path.startsWith(section)
  const sectionCurrent = isInSection ? 'true' : undefined
  return (
    <li class={itemClass}>
      <a href={href} aria-current={frame.path === href ? 'page' : sectionCurrent}>
        {label}
      </a>
    </li>
  )
}

/** Decorative: the name of the site stands beside it. */
function Logo({ path }: { readonly path: string | null }) {
  if (path !== null) return <img src={path} alt="" />
  return (
    <svg viewBox="0 0 32 32" aria-hidden="true" focusable="false">
      <path fill="#ffc845" d="M3 7h11a2.5 2.5 0 0 0 5 0h10v18H19a2.5 2.5 0 0 0-5 0H3z" />
      <path fill="none" stroke="#0b5c48" stroke-width="2" stroke-dasharray="2 2" d="M16.5 11v10" />
      <path fill="#0b5c48" d="M6 13h6v2H6zm0 4h4v2H6z" />
    </svg>
  )
}
