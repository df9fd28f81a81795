import type { Child } from 'hono/jsx'
import { Flashes } from './alerts.tsx'
import { CsrfField } from './fields.tsx'
import type { Frame } from './frame.ts'
import { SessionEndedAlert } from './session-ended-alert.tsx'

interface LayoutProps {
  readonly frame: Frame
  /** What the page is, before the product's name in the title. */
  readonly title: string
  readonly children?: Child
}

/** The document around every page: head, navigation, flashes, footer. */
export function Layout({ frame, title, children }: LayoutProps) {
  return (
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>{`${title} · mjr.wtf`}</title>
        <link rel="icon" type="image/svg+xml" href={frame.assets.icon} />
        <link rel="stylesheet" href={frame.assets.styles} />
        <script nonce={frame.nonce} src={frame.assets.script} defer></script>
      </head>
      <body data-after-post={frame.isAfterPost ? 'true' : undefined}>
        <a class="skip" href="#content">
          Skip to content
        </a>
        <Header frame={frame} />
        {frame.viewer !== null && <SessionEndedAlert />}
        <main id="content" tabindex={-1}>
          <Flashes flashes={frame.flashes} />
          {children}
        </main>
        <footer class="foot">
          <p>
            mjr.wtf, short links on your own server. <a href={`${frame.home}docs/api`}>API</a>
          </p>
          <p>
            Put <code>+</code> after a short link to see where it leads.
          </p>
        </footer>
        <p id="announcements" class="visually-hidden" aria-live="polite"></p>
      </body>
    </html>
  )
}

function Header({ frame }: { readonly frame: Frame }) {
  return (
    <header class="bar">
      <a class="brand" href={frame.home}>
        <Logo />
        mjr.wtf
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
      <NavLink frame={frame} href="/dashboard" label="Your links" />
      <NavLink frame={frame} href="/create" label="New link" />
      {frame.invitesEnabled && frame.viewer?.isOperator === true && (
        <NavLink frame={frame} href="/invites" label="Invites" />
      )}
      <NavLink frame={frame} href="/settings/account" label="Settings" section="/settings/" />
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
  /** What the paths of a whole section begin with. */
  readonly section?: string
}

function NavLink({ frame, href, label, section }: NavLinkProps) {
  const isInSection = section !== undefined && frame.path.startsWith(section)
  const sectionCurrent = isInSection ? 'true' : undefined
  return (
    <li>
      <a href={href} aria-current={frame.path === href ? 'page' : sectionCurrent}>
        {label}
      </a>
    </li>
  )
}

function Logo() {
  return (
    <svg viewBox="0 0 32 32" aria-hidden="true" focusable="false">
      <path fill="#ffc845" d="M3 7h11a2.5 2.5 0 0 0 5 0h10v18H19a2.5 2.5 0 0 0-5 0H3z" />
      <path fill="none" stroke="#0b5c48" stroke-width="2" stroke-dasharray="2 2" d="M16.5 11v10" />
      <path fill="#0b5c48" d="M6 13h6v2H6zm0 4h4v2H6z" />
    </svg>
  )
}
