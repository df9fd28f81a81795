import { withoutEmojiJoiners, withoutSpellingJoiners } from './joiners.ts'

/** Which destinations links may have. */
export interface DestinationRules {
  /** Origins of this app. A link must not redirect to them. */
  readonly ownOrigins: readonly string[]
  /** In characters (code points), as typed: the stored URL is up to twelve times as long. */
  readonly maxLength: number
  /** Schemes other than http and https, in lower case and without a colon, such as `mailto`. None of `unsafeSchemes`. */
  readonly schemes: readonly string[]
}

/** The length up to which a browser, Node and a proxy with a larger header buffer follow a redirect. */
export const maxDestinationLength = 16_384

/** Schemes with which a link would run a script in this site's name, read a file, or show a page of the browser. */
export const unsafeSchemes: ReadonlySet<string> = new Set([
  ...[
    'javascript',
    'data',
    'file',
    'blob',
    'vbscript',
    'filesystem',
    'about',
    'view-source',
    'jar',
  ],
  ...['chrome', 'chrome-extension', 'edge', 'moz-extension', 'resource', 'ms-appx', 'x-javascript'],
])

export type DestinationResult =
  | {
      readonly status: 'ok'
      /** The URL in ASCII, as a browser parses it. */
      readonly destination: string
      /** As typed, with the scheme that was added. `null` if it is ASCII, which `destination` shows as well. */
      readonly typedDestination: string | null
    }
  | { readonly status: 'invalid'; readonly message: string }

// Checks the authority before parsing: the URL parser repairs `http:host`, `http:///host` and `http:\\host`, in which
// users see a different host than the browser.
const urlPattern = /^https?:\/\/[^/?#\\@]+([/?#]|$)/i
const schemePattern = /^([a-z][a-z0-9+.-]*):/i
/** A host with a dot, and a port: `example.com:8080` has no scheme. */
const bareHostPattern = /^([^/?#\\@:]+\.[^/?#\\@:]+)(?::\d{1,5})?(?:[/?#]|$)/
const invisibleCharacters = /[\p{Cc}\p{Cf}\p{Cs}\p{Z}]/u

/**
 * Parses a destination: an absolute URL without credentials that does not point to this app (ASVS 5.0 V1.2.2, V2.2.1), with
 * http, https or a scheme of the rules. Completes `example.com/x` to https. The app redirects to it and never fetches it,
 * so any host is allowed.
 */
export function parseDestination(text: string, rules: DestinationRules): DestinationResult {
  const typed = complete(text.trim())
  const problem = textProblem(text.trim(), rules.maxLength) ?? schemeProblem(typed, rules.schemes)
  if (problem !== null) return invalid(problem)
  if (!URL.canParse(typed)) return invalid(notAUrlMessage)

  const url = new URL(typed)
  if (rules.ownOrigins.some((origin) => pointsTo(url, new URL(origin)))) {
    return invalid(pointsToUsMessage)
  }
  const isAscii = !/[^\0-\x7f]/.test(typed)
  return { status: 'ok', destination: url.href, typedDestination: isAscii ? null : typed }
}

/** Adds the scheme that a browser's address field adds. */
function complete(text: string): string {
  const [, host] = bareHostPattern.exec(text) ?? []
  if (host === undefined || (/^[\d.]+$/.test(host) && !/^\d+(\.\d+){3}$/.test(host))) return text
  return `https://${text}`
}

function textProblem(text: string, maxLength: number): string | null {
  if (text === '') return 'Enter a destination URL.'
  const { length } = [...text]
  if (length > maxLength) return tooLongMessage(length, maxLength)
  // Joiners select the form of a character in some scripts, and of emoji.
  const visible = withoutEmojiJoiners(withoutSpellingJoiners(text))
  return invisibleCharacters.test(visible) ? invisibleMessage : null
}

function schemeProblem(text: string, schemes: readonly string[]): string | null {
  const scheme = schemePattern.exec(text)?.[1]?.toLowerCase()
  if (scheme === undefined) return notAUrlMessage
  if (text.includes('\\')) return notAUrlMessage
  if (scheme !== 'http' && scheme !== 'https') {
    const isAllowed = schemes.includes(scheme) && !unsafeSchemes.has(scheme)
    return isAllowed && text.length > scheme.length + 1 ? null : startMessage(schemes)
  }
  if (hasUserInfo(text)) return 'Remove the user name and password from the URL.'
  return urlPattern.test(text) ? null : notAUrlMessage
}

function tooLongMessage(length: number, maxLength: number): string {
  const [actual, max] = [length, maxLength].map((count) => count.toLocaleString('en'))
  return `Use a URL of at most ${max} characters. This one has ${actual}.`
}

function startMessage(schemes: readonly string[]): string {
  const others = schemes.map((scheme) => `${scheme}:`)
  return `The URL must start with ${['https://', 'http://', ...others].join(', ').replace(/, ([^,]*)$/, ' or $1')}.`
}

const invisibleMessage = 'Remove the spaces and invisible characters from the URL.'
const notAUrlMessage = 'Enter a complete URL, such as https://example.com/page.'
const pointsToUsMessage = "The destination cannot be one of this site's own short links."

function hasUserInfo(text: string): boolean {
  return /^https?:[/\\]*[^/?#\\]*@/i.test(text)
}

/** Same host, and a port that may reach this app: its own, or the default port of a proxy. */
function pointsTo(url: URL, ownUrl: URL): boolean {
  if (hostOf(url.hostname) !== hostOf(ownUrl.hostname)) return false
  return url.port === ownUrl.port || (url.port === '' && !isLocalMachine(ownUrl.hostname))
}

/** Normalizes a host: removes a trailing dot, and maps all loopback names to `localhost` (RFC 6761 section 6.3). */
function hostOf(hostname: string): string {
  return isLocalMachine(hostname) ? 'localhost' : hostname.replace(/\.$/, '')
}

function isLocalMachine(hostname: string): boolean {
  if (/^(.+\.)?localhost\.?$/.test(hostname)) return true
  // Connections to the unspecified address reach the local machine too.
  return /^(127\.\d+\.\d+\.\d+|0\.0\.0\.0|\[::1?\]|\[::ffff:(7f[0-9a-f]{2}:[0-9a-f]+|0:0)\])$/.test(
    hostname,
  )
}

function invalid(message: string): DestinationResult {
  return { status: 'invalid', message }
}
