import type { Child } from 'hono/jsx'
import type { Frame } from './frame.ts'
import { Layout } from './layout.tsx'

/** The pages of the settings, in the order of the navigation. */
const settings: readonly { readonly href: string; readonly label: string }[] = [
  { href: '/settings/account', label: 'Account' },
  { href: '/settings/sessions', label: 'Sessions' },
  { href: '/settings/password', label: 'Password' },
  { href: '/settings/security-log', label: 'Security log' },
  { href: '/settings/export', label: 'Your data' },
  { href: '/settings/delete', label: 'Delete account' },
]

/** The same for the administrator. */
const operatorSettings = [...settings, { href: '/settings/users', label: 'Users' }]

interface SettingsLayoutProps {
  readonly frame: Frame
  /** Heading and title of the page. */
  readonly title: string
  readonly children?: Child
}

/** The document of a settings page, with the navigation of the settings. */
export function SettingsLayout({ frame, title, children }: SettingsLayoutProps) {
  return (
    <Layout frame={frame} title={title}>
      <div class="settings">
        <SettingsNav frame={frame} />
        <div class="stack">
          <h1>{title}</h1>
          {children}
        </div>
      </div>
    </Layout>
  )
}

function SettingsNav({ frame }: Pick<SettingsLayoutProps, 'frame'>) {
  const pages = frame.viewer?.isOperator === true ? operatorSettings : settings
  return (
    <nav class="sections" aria-label="Settings">
      <ul>
        {pages.map(({ href, label }) => (
          <li>
            <a href={href} aria-current={frame.path === href ? 'page' : undefined}>
              {label}
            </a>
          </li>
        ))}
      </ul>
    </nav>
  )
}
