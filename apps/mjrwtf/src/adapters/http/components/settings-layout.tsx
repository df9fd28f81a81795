import type { Child } from 'hono/jsx'
import type { Frame } from './frame.ts'
import { Layout } from './layout.tsx'

interface SettingsPage {
  readonly href: string
  readonly label: string
  /** Default: for everyone. */
  readonly isShown?: (frame: Frame) => boolean
}

/** The pages of the settings, in the order of the navigation. */
const settings: readonly SettingsPage[] = [
  { href: '/settings/security', label: 'Security' },
  { href: '/settings/password', label: 'Password' },
  { href: '/settings/passkeys', label: 'Passkeys' },
  { href: '/settings/authenticators', label: 'Authenticator apps' },
  { href: '/settings/recovery-codes', label: 'Recovery codes' },
  { href: '/settings/phone', label: 'Phone', isShown: ({ phoneEnabled }) => phoneEnabled },
  { href: '/settings/sessions', label: 'Sessions' },
  { href: '/settings/security-log', label: 'Security log' },
  { href: '/settings/account', label: 'Account' },
  { href: '/settings/export', label: 'Your data' },
  { href: '/settings/delete', label: 'Delete account' },
  {
    href: '/settings/users',
    label: 'Users',
    isShown: ({ viewer }) => viewer?.isOperator === true,
  },
]

interface SettingsLayoutProps {
  readonly frame: Frame
  /** Heading and title of the page. */
  readonly title: string
  /** Path of the page that the navigation marks. Default: the path of this page. */
  readonly section?: string
  readonly children?: Child
}

/** The document of a settings page, with the navigation of the settings. */
export function SettingsLayout({ frame, title, section, children }: SettingsLayoutProps) {
  return (
    <Layout frame={frame} title={title}>
      <div class="settings">
        <SettingsNav frame={frame} section={section ?? frame.path} />
        <div class="stack">
          <h1>{title}</h1>
          {children}
          {factorPages.has(frame.path) && <OtherDevices />}
        </div>
      </div>
    </Layout>
  )
}

const factorPages: ReadonlySet<string> = new Set([
  '/settings/passkeys',
  '/settings/authenticators',
  '/settings/recovery-codes',
  '/settings/phone',
])

/** Offered with every change of a factor (ASVS 5.0 V7.4.3). */
function OtherDevices() {
  return (
    <p class="hint other-devices">
      Changes here do not sign out your other devices.{' '}
      <a href="/settings/sessions">Review your devices</a>
    </p>
  )
}

function SettingsNav({ frame, section }: { readonly frame: Frame; readonly section: string }) {
  const pages = settings.filter(({ isShown }) => isShown?.(frame) ?? true)
  return (
    <nav class="sections" aria-label="Settings">
      <ul>
        {pages.map(({ href, label }) => (
          <li>
            <a href={href} aria-current={currentOf(frame, { href, section })}>
              {label}
            </a>
          </li>
        ))}
      </ul>
    </nav>
  )
}

function currentOf({ path }: Frame, link: { readonly href: string; readonly section: string }) {
  if (link.href !== link.section) return undefined
  return link.href === path ? 'page' : 'true'
}
