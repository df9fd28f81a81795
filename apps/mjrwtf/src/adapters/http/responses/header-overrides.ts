import type { HeaderOverrides } from 'coatcheck/web-security'

/**
 * Pages opened with a token in the URL: the referrer must not contain it, and `no-referrer` would make
 * the form's Origin `null`.
 */
export const tokenPageHeaders: HeaderOverrides = {
  'Referrer-Policy': 'strict-origin',
  'X-Robots-Tag': 'noindex',
}

/** Redirects after a change of the session; those of a page are added later. */
export const credentialRedirectHeaders: HeaderOverrides = {
  'Cross-Origin-Resource-Policy': null,
  Vary: null,
}

/** Browsers check Cross-Origin-Resource-Policy before they follow a link, and any site may link here. */
export const shortLinkHeaders: HeaderOverrides = {
  'Cache-Control': 'private, max-age=0',
  'Cross-Origin-Resource-Policy': 'cross-origin',
  Vary: null,
  'X-Robots-Tag': 'noindex',
}
