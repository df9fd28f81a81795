import type { Child } from 'hono/jsx'
import type { Frame } from './frame.ts'
import { Layout } from './layout.tsx'

/** Every page of the settings, in the order of the navigation. */
const settings: readonly { readonly href: string; readonly label: string }[] = [
  { href: '/settings/account', label: 'Account' },
  { href: '/settings/sessions', label: 'Sessions' },
  { href: '/settings/password', label: 'Password' },
  { href: '/settings/security-log', label: 'Security log' },
  { href: '/settings/export', label: 'Your data' },
  { href: '/settings/delete', label: 'Delete account' },
]

/** What the operator has besides. */
const operatorSettings = [...settings, { href: '/settings/users', label: 'People' }]

interface SettingsLayoutProps {
  readonly frame: Frame
  /** Heading of the page, and its title. */
  readonly title: string
  readonly children?: Child
}

/** The document around a page of the settings: beside it, the way to the others. */
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
