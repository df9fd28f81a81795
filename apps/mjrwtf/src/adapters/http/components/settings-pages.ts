import type { Frame } from './frame.ts'

/** The list of all settings pages. On phones it takes the place of the navigation. */
export const settingsPath = '/settings'

export interface SettingsPage {
  readonly href: string
  readonly label: string
  /** Default: for everyone. */
  readonly isShown?: (frame: Frame) => boolean
}

/** A page, and the pages below it in the navigation. */
export interface SettingsGroup extends SettingsPage {
  /** Heading of the group in the list of all pages, and label of its page there. */
  readonly title: string
  readonly labelInList: string
  readonly pages: readonly SettingsPage[]
}

/** The pages of the settings, in the order of the navigation. */
const groups: readonly SettingsGroup[] = [
  {
    href: '/settings/security',
    label: 'Security',
    title: 'Security',
    labelInList: 'Overview',
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
    title: 'Devices and apps',
    labelInList: 'Sessions',
    pages: [
      { href: '/settings/connected-apps', label: 'Connected apps' },
      { href: '/settings/tokens', label: 'Access tokens' },
    ],
  },
  {
    href: '/settings/account',
    label: 'Account',
    title: 'Account',
    labelInList: 'Email and account',
    pages: [
      { href: '/settings/preferences', label: 'Preferences' },
      { href: '/settings/export', label: 'Your data' },
      { href: '/settings/delete', label: 'Delete account' },
    ],
  },
  {
    href: '/settings/users',
    label: 'Users',
    title: 'Administration',
    labelInList: 'Users',
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

/** The groups that the viewer may open, each with its pages. */
export function settingsGroups(frame: Frame): readonly SettingsGroup[] {
  return shownTo(frame, groups).map((group) => ({ ...group, pages: shownTo(frame, group.pages) }))
}

function shownTo<Page extends SettingsPage>(frame: Frame, pages: readonly Page[]): readonly Page[] {
  return pages.filter(({ isShown }) => isShown?.(frame) ?? true)
}

/** The page at this path, if it is in the navigation. */
export function findSettingsPage(path: string): SettingsPage | undefined {
  return groups.flatMap((group) => [group, ...group.pages]).find(({ href }) => href === path)
}
