import type { Flash } from 'coatcheck/http'
import type { OtherHost } from '../../../domain/other-host.ts'
import type { Theme } from '../../../domain/preferences.ts'
import type { Site } from '../../../domain/site.ts'

/** The user who views a page. */
export interface Viewer {
  readonly email: string
  readonly isOperator: boolean
  readonly hasPassword: boolean
}

/** Paths of the static files. Each contains the hash of its content. */
export interface AssetPaths {
  readonly styles: string
  readonly script: string
  /** The script of pages with a `PasskeyForm`. */
  readonly passkeys: string
  /** The script of pages with `Shortcuts`. */
  readonly shortcuts: string
  readonly icon: string
  /** `null` for the logo of mjr.wtf. */
  readonly logo: string | null
}

/** What every page needs in addition to its content. */
export interface Frame {
  /** Of this response's Content-Security-Policy. */
  readonly nonce: string
  readonly assets: AssetPaths
  readonly site: Pick<Site, 'name' | 'imprintUrl' | 'privacyUrl'>
  /** If the page was opened under another name than that of the site. */
  readonly otherHost: OtherHost | null
  /** Whether everyone in the network can read what is sent, because the site uses http on a private IP address. */
  readonly isPlainHttp: boolean
  /** URL of the home page. Absolute, because pages on the host of short links use it too. */
  readonly home: string
  readonly viewer: Viewer | null
  /** Colors that the viewer has chosen. */
  readonly theme: Theme
  /** Whether the script reports the time zone of the browser, which the account does not have yet. */
  readonly detectsZone: boolean
  /** Whether the viewer is known, so that the navigation can show the right links. */
  readonly hasNavigation: boolean
  /** Whether changes cannot be saved at present, which the page says. */
  readonly isReadOnly: boolean
  /** For the hidden field of every form on the page. Masked for this response. */
  readonly csrfToken: string
  /** Signed id of the user the page is rendered for, for forms with drafts. Empty for anonymous visitors. */
  readonly formOwnerToken: string
  readonly flashes: readonly Flash[]
  /** Whether sign-up is open to all visitors. */
  readonly signUpOpen: boolean
  /** Whether sign-up is by invitation. */
  readonly invitesEnabled: boolean
  /** Whether codes can be sent by text message. */
  readonly phoneEnabled: boolean
  /** Whether shared tokens are configured. */
  readonly hasSharedTokens: boolean
  /** Path of the page, to mark it in the navigation. */
  readonly path: string
  /** Hosts of the short domains. */
  readonly shortHosts: readonly string[]
  /** Of a page that is the response to a POST, which a reload must not repeat: what it loads instead. Otherwise `null`. */
  readonly reloadPath: string | null
}
