import type { AccentColors } from './accent-color.ts'
import type { Logo } from './logo.ts'

/** How the pages of this instance present themselves. */
export interface Site {
  /** Its name in titles, emails and the header. */
  readonly name: string
  /** `null` for that of mjr.wtf. */
  readonly logo: Logo | null
  /** `null` for that of mjr.wtf. */
  readonly accent: AccentColors | null
  /** URL of the page that says who is responsible, linked in the footer. */
  readonly imprintUrl: string | null
  readonly privacyUrl: string | null
  /** Where security researchers write to: a `mailto:` or https URL. */
  readonly securityContact: string | null
}
