import { type AccentColors, parseAccentColor } from '../domain/accent-color.ts'
import { type Logo, maxLogoSize, parseLogo } from '../domain/logo.ts'
import type { Site } from '../domain/site.ts'
import { filePath, type Parse } from './values.ts'
import type { Variables } from './variables.ts'

/** Reads a file of at most this many bytes; `null` if it cannot be read or is larger. */
export type ReadFile = (path: string, maxBytes: number) => Uint8Array<ArrayBuffer> | null

export interface SiteConfig {
  readonly site: Site
  /** Where the root of the host of short links redirects to. `null` for the error page of an unknown link. */
  readonly shortRootUrl: string | null
}

interface SiteContext {
  readonly baseUrl: string
  readonly shortBaseUrl: string
  readonly readFile: ReadFile | undefined
}

export function readSite(variables: Variables, context: SiteContext): SiteConfig {
  return {
    site: {
      name: variables.read('SITE_NAME', {
        parse: siteName,
        expected: 'a name of 1 to 60 visible characters',
        fallback: 'mjr.wtf',
      }),
      logo: readLogo(variables, context.readFile),
      accent: variables.read<AccentColors | null>('SITE_ACCENT', {
        parse: parseAccentColor,
        expected: 'a color such as #0b5c48',
        fallback: null,
      }),
      imprintUrl: readPageUrl(variables, 'SITE_IMPRINT_URL'),
      privacyUrl: readPageUrl(variables, 'SITE_PRIVACY_URL'),
      securityContact: variables.read<string | null>('SECURITY_CONTACT', {
        parse: contact,
        expected: 'an email address, or an https URL',
        fallback: null,
      }),
    },
    shortRootUrl: readShortRoot(variables, context),
  }
}

function readLogo(variables: Variables, readFile: ReadFile | undefined): Logo | null {
  const expected = 'the path of an SVG, PNG, JPEG, WebP or GIF file of at most 256 KiB'
  const path = variables.read<string | null>('SITE_LOGO', {
    parse: filePath,
    expected,
    fallback: null,
  })
  if (path === null || readFile === undefined) return null
  const bytes = readFile(path, maxLogoSize)
  const logo = bytes === null ? null : parseLogo(bytes)
  if (logo !== null) return logo
  const problem = bytes === null ? 'cannot be read or is larger' : 'is not such an image'
  variables.reject('SITE_LOGO', `${expected}; this file ${problem}`)
  return null
}

function readPageUrl(variables: Variables, name: string): string | null {
  return variables.read<string | null>(name, {
    parse: pageUrl,
    expected: 'a URL such as https://example.com/page',
    fallback: null,
  })
}

/** The root of the host of pages is the home page, so there must be another host for short links. */
function readShortRoot(
  variables: Variables,
  { baseUrl, shortBaseUrl }: SiteContext,
): string | null {
  const url = readPageUrl(variables, 'SHORT_ROOT_URL')
  if (url === null) return null
  const shortHost = new URL(shortBaseUrl).host
  if (shortHost === new URL(baseUrl).host) {
    variables.reject(
      'SHORT_ROOT_URL',
      'no value unless SHORT_BASE_URL is on another host than BASE_URL',
    )
  }
  const { host, pathname } = new URL(url)
  if (host === shortHost && pathname === '/') {
    variables.reject(
      'SHORT_ROOT_URL',
      'another URL than that of SHORT_BASE_URL: it would redirect to itself',
    )
  }
  return url
}

/** No control character and none that changes the direction of the text around it. */
const siteName: Parse<string> = (text) => (/^[^\p{C}\p{Zl}\p{Zp}]{1,60}$/u.test(text) ? text : null)

const pageUrl: Parse<string> = (text) => {
  const url = text.length > 2_048 ? null : URL.parse(text)
  if (url === null || !/^https?:$/.test(url.protocol) || url.username !== '') return null
  return url.href
}

/** A bare email address becomes a URL (RFC 9116 section 2.5.3). */
const contact: Parse<string> = (text) => {
  const bare = text.replace(/^mailto:/i, '')
  if (/^[^\s@<>?&:/]+@[^\s@<>?&:/]+$/.test(bare)) return `mailto:${bare}`
  const url = pageUrl(text)
  return url?.startsWith('https:') === true ? url : null
}
