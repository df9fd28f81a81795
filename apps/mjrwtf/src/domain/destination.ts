/** Maximum length of a destination, before and after normalization. All browsers and proxies accept it. */
export const maxDestinationLength = 2_048

export type DestinationResult =
  | { readonly status: 'ok'; readonly destination: string }
  | { readonly status: 'invalid'; readonly message: string }

// Checks the authority before parsing: the URL parser repairs `http:host`, `http:///host` and `http:\\host`, in which
// users see a different host than the browser.
const urlPattern = /^https?:\/\/[^/?#\\@]+([/?#]|$)/i
const invisibleCharacters = /[\p{Cc}\p{Cf}\p{Cs}\p{Z}]/u

/**
 * Parses a destination: an absolute http or https URL without credentials that does not point to this app
 * (ASVS 5.0 V1.2.2, V2.2.1). The app redirects to it and never fetches it, so any host is allowed.
 *
 * @param ownOrigins origins of this app.
 */
export function parseDestination(text: string, ownOrigins: readonly string[]): DestinationResult {
  const trimmed = text.trim()
  if (trimmed === '') return invalid('Enter a destination URL.')
  if (trimmed.length > maxDestinationLength) return invalid(tooLongMessage)
  if (!/^https?:/i.test(trimmed)) return invalid('The URL must start with https:// or http://.')
  if (invisibleCharacters.test(trimmed))
    return invalid('Remove the spaces and invisible characters from the URL.')
  if (hasUserInfo(trimmed)) return invalid('Remove the user name and password from the URL.')
  if (!urlPattern.test(trimmed) || trimmed.includes('\\')) return invalid(notAUrlMessage)
  if (!URL.canParse(trimmed)) return invalid(notAUrlMessage)

  const url = new URL(trimmed)
  if (url.href.length > maxDestinationLength) return invalid(tooLongMessage)
  if (ownOrigins.some((origin) => pointsTo(url, new URL(origin)))) return invalid(pointsToUsMessage)
  return { status: 'ok', destination: url.href }
}

const tooLongMessage = `Use a URL of at most ${maxDestinationLength} characters.`
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
