import type { Child } from 'hono/jsx'
import type { Frame } from './frame.ts'
import { Layout } from './layout.tsx'
import {
  findSettingsPage,
  type SettingsPage,
  settingsGroups,
  settingsPath,
} from './settings-pages.ts'

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
          <BackLink frame={frame} section={section} />
          <h1>{title}</h1>
          {children}
          {factorPages.has(frame.path) && <OtherDevices />}
        </div>
      </div>
    </Layout>
  )
}

interface BackLinkProps {
  readonly frame: Frame
  readonly section: string | undefined
}

/** To the page above: from a page of the navigation to the list of all, which only phones need. */
function BackLink({ frame, section }: BackLinkProps) {
  const above =
    section === undefined || section === frame.path ? undefined : findSettingsPage(section)
  if (above === undefined) {
    return (
      <p class="back to-settings">
        <a href={settingsPath}>Settings</a>
      </p>
    )
  }
  return (
    <p class="back">
      <a href={above.href}>{above.label}</a>
    </p>
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

/** Hidden on phones, where each page has a link to the list of all. */
function SettingsNav({ frame, section }: SettingsNavProps) {
  return (
    <nav class="sections" aria-label="Settings">
      <ul>
        {settingsGroups(frame).map((group) => (
          <li>
            <PageLink {...{ frame, section, page: group }} />
            <PageLinks {...{ frame, section, pages: group.pages }} />
          </li>
        ))}
      </ul>
    </nav>
  )
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
