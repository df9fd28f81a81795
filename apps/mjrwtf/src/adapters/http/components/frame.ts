import type { Flash } from 'coatcheck/http'

/** Whom a page is for. */
export interface Viewer {
  readonly email: string
  readonly isOperator: boolean
}

/** Addresses of the static files, each with the hash of its content in it. */
export interface AssetPaths {
  readonly styles: string
  readonly script: string
  readonly icon: string
}

/** What every page needs besides its own content. */
export interface Frame {
  /** Of this response's Content-Security-Policy. */
  readonly nonce: string
  readonly assets: AssetPaths
  /** Address of the home page; absolute, for pages on the host of short links. */
  readonly home: string
  readonly viewer: Viewer | null
  /** Whether it is known who is looking, so that the navigation can offer the right thing. */
  readonly hasNavigation: boolean
  /** For the hidden field of every form on the page; masked for this response. */
  readonly csrfToken: string
  /** For whom the page is made, for forms whose text is kept when they are interrupted; empty for a stranger. */
  readonly formOwnerToken: string
  readonly flashes: readonly Flash[]
  /** Whether anybody may sign up, so that the header offers it. */
  readonly signUpOpen: boolean
  /** Whether the operator makes invites. */
  readonly invitesEnabled: boolean
  /** Path of this page, to mark it in the navigation. */
  readonly path: string
  /** The page answers a POST that must not be sent again by a reload. */
  readonly isAfterPost: boolean
}
