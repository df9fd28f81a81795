import type { TimeZone } from './time-zone.ts'

/** Colors of the pages: as the system of the reader prefers, or always the same. */
export const themes = ['system', 'light', 'dark'] as const
export type Theme = (typeof themes)[number]

/** The first page after signing in: the list of links, or the form that creates one. */
export const landingPages = ['links', 'create'] as const
export type LandingPage = (typeof landingPages)[number]

/** How the app shows its pages to a user. */
export interface Preferences {
  /** `null` until it is chosen or detected: `DEFAULT_TIME_ZONE` applies. */
  readonly timeZone: TimeZone | null
  /** How dates are written: one of `locales`, or `null` for the language that the browser prefers. */
  readonly locale: string | null
  readonly theme: Theme
  readonly landingPage: LandingPage
}

/** The zone of the user, or `null` for the one of the site. */
export function timeZoneOf(user: { readonly preferences?: Preferences }): TimeZone | null {
  return user.preferences?.timeZone ?? null
}

export const defaultPreferences: Preferences = {
  timeZone: null,
  locale: null,
  theme: 'system',
  landingPage: 'links',
}
