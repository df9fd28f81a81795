import type { Child } from 'hono/jsx'
import type { Frame } from './frame.ts'
import { Layout } from './layout.tsx'

interface SettingsPage {
  readonly href: string
  readonly label: string
  /** Default: for everyone. */
  readonly isShown?: (frame: Frame) => boolean
}

/** A page, and the pages below it in the navigation. */
interface SettingsGroup extends SettingsPage {
  readonly pages: readonly SettingsPage[]
}

/** The pages of the settings, in the order of the navigation. */
const groups: readonly SettingsGroup[] = [
  {
    href: '/settings/security',
    label: 'Security',
    pages: [
      { href: '/settings/password', label: 'Password' },
      { href: '/settings/passkeys', label: 'Passkeys' },
      { href: '/settings/authenticators', label: 'Authenticator apps' },
      { href: '/settings/recovery-codes', label: 'Recovery codes' },
      { href: '/settings/phone', label: 'Phone', isShown: ({ phoneEnabled }) => phoneEnabled },
      { href: '/settings/connected-accounts', label: 'Connected accounts' },
      { href: '/settings/security-log', label: 'Security log' },
    ],
  },
  {
    href: '/settings/sessions',
    label: 'Sessions',
    pages: [
      { href: '/settings/connected-apps', label: 'Connected apps' },
      { href: '/settings/tokens', label: 'Access tokens' },
    ],
  },
  {
    href: '/settings/account',
    label: 'Account',
    pages: [
      { href: '/settings/preferences', label: 'Preferences' },
      { href: '/settings/export', label: 'Your data' },
      { href: '/settings/delete', label: 'Delete account' },
    ],
  },
  {
    href: '/settings/users',
    label: 'Users',
    isShown: ({ viewer }) => viewer?.isOperator === true,
    pages: [
      {
        href: '/settings/invitations',
        label: 'Invitations',
        isShown: ({ invitesEnabled }) => invitesEnabled,
      },
      { href: '/settings/links', label: 'All links' },
      { href: '/settings/reports', label: 'Reports' },
      { href: '/settings/unknown-codes', label: 'Unknown codes' },
      { href: '/settings/blocked-domains', label: 'Blocked domains' },
      { href: '/settings/domains', label: 'Domains' },
      { href: '/settings/applications', label: 'Applications' },
      {
        href: '/settings/shared-tokens',
        label: 'Shared tokens',
        isShown: ({ hasSharedTokens }) => hasSharedTokens,
      },
    ],
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

interface SettingsNavProps {
  readonly frame: Frame
  /** Path of the page to mark. */
  readonly section: string
}

/** On a phone, only the pages of the current group are shown. */
function SettingsNav({ frame, section }: SettingsNavProps) {
  return (
    <nav class="sections" aria-label="Settings">
      <ul>
        {shownTo(frame, groups).map((group) => (
          <li class={hasPage(group, section) ? 'current' : undefined}>
            <PageLink {...{ frame, section, page: group }} />
            <PageLinks {...{ frame, section, pages: shownTo(frame, group.pages) }} />
          </li>
        ))}
      </ul>
    </nav>
  )
}

function shownTo<Page extends SettingsPage>(frame: Frame, pages: readonly Page[]): readonly Page[] {
  return pages.filter(({ isShown }) => isShown?.(frame) ?? true)
}

function hasPage(group: SettingsGroup, section: string): boolean {
  return [group, ...group.pages].some(({ href }) => href === section)
}

function PageLinks({
  pages,
  ...props
}: SettingsNavProps & { readonly pages: readonly SettingsPage[] }) {
  if (pages.length === 0) return null
  return (
    <ul>
      {pages.map((page) => (
        <li>
          <PageLink {...props} page={page} />
        </li>
      ))}
    </ul>
  )
}

function PageLink({ frame, section, page }: SettingsNavProps & { readonly page: SettingsPage }) {
  const { href, label } = page
  return (
    <a href={href} aria-current={currentOf(frame, { href, section })}>
      {label}
    </a>
  )
}

function currentOf({ path }: Frame, link: { readonly href: string; readonly section: string }) {
  if (link.href !== link.section) return undefined
  return link.href === path ? 'page' : 'true'
}
