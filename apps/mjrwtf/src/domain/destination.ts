/** Longest destination, in characters, as typed and as kept: what every browser and proxy still takes. */
export const maxDestinationLength = 2_048

export type DestinationResult =
  | { readonly status: 'ok'; readonly destination: string }
  | { readonly status: 'invalid'; readonly message: string }

// The whole authority is looked at as it was typed: the URL parser repairs `http:host`, `http:///host`
// and `http:\\host`, and a person reading them sees another host than the browser does.
const urlPattern = /^https?:\/\/[^/?#\\@]+([/?#]|$)/i
const invisibleCharacters = /[\p{Cc}\p{Cf}\p{Cs}\p{Z}]/u

/**
 * Reads a destination: an absolute http or https URL without credentials that does not lead back to
 * us (ASVS 5.0 V1.2.2, V2.2.1). It is only ever redirected to, never fetched, so any host may be named.
 *
 * @param ownOrigins origins under which this app answers.
 */
export function parseDestination(text: string, ownOrigins: readonly string[]): DestinationResult {
  const trimmed = text.trim()
  if (trimmed === '') return invalid('Enter the address that the link should lead to.')
  if (trimmed.length > maxDestinationLength) return invalid(tooLongMessage)
  if (!/^https?:/i.test(trimmed)) return invalid('Start the address with https:// or http://.')
  if (invisibleCharacters.test(trimmed))
    return invalid('Remove the spaces and invisible characters.')
  if (hasUserInfo(trimmed)) return invalid('Remove the user name and password from the address.')
  if (!urlPattern.test(trimmed) || trimmed.includes('\\')) return invalid(notAUrlMessage)
  if (!URL.canParse(trimmed)) return invalid(notAUrlMessage)

  const url = new URL(trimmed)
  if (url.href.length > maxDestinationLength) return invalid(tooLongMessage)
  if (ownOrigins.some((origin) => pointsTo(url, new URL(origin)))) return invalid(pointsToUsMessage)
  return { status: 'ok', destination: url.href }
}

const tooLongMessage = `Use an address of at most ${maxDestinationLength} characters.`
const notAUrlMessage = 'This is not a complete web address, such as https://example.com/page.'
const pointsToUsMessage = 'A link cannot lead to another short link here.'

function hasUserInfo(text: string): boolean {
  return /^https?:[/\\]*[^/?#\\]*@/i.test(text)
}

/** Same machine and a port we might answer on: our own, or the standard ones in front of it. */
function pointsTo(url: URL, ownUrl: URL): boolean {
  if (hostOf(url.hostname) !== hostOf(ownUrl.hostname)) return false
  return url.port === ownUrl.port || (url.port === '' && !isLoopback(ownUrl.hostname))
}

/**
 * One name for each host: a final dot changes nothing, and all of loopback is one machine, by
 * whichever name (RFC 6761 section 6.3).
 */
function hostOf(hostname: string): string {
  return isLoopback(hostname) ? 'localhost' : hostname.replace(/\.$/, '')
}

function isLoopback(hostname: string): boolean {
  if (/^(.+\.)?localhost\.?$/.test(hostname)) return true
  // A connection to "any address" ends on this machine as well.
  return /^(127\.\d+\.\d+\.\d+|0\.0\.0\.0|\[::1?\]|\[::ffff:(7f[0-9a-f]{2}:[0-9a-f]+|0:0)\])$/.test(
    hostname,
  )
}

function invalid(message: string): DestinationResult {
  return { status: 'invalid', message }
}
