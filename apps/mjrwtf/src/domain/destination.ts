/** Longest destination, in characters, as typed and as kept: what every browser and proxy still takes. */
export const longestDestination = 2_048

export type DestinationResult =
  | { readonly status: 'ok'; readonly destination: string }
  | { readonly status: 'refused'; readonly message: string }

// The whole authority is looked at as it was typed: the URL parser repairs `http:host`, `http:///host`
// and `http:\\host`, and a person reading them sees another host than the browser does.
const webAddress = /^https?:\/\/[^/?#\\@]+([/?#]|$)/i
const hidden = /[\p{Cc}\p{Cf}\p{Cs}\p{Z}]/u

/**
 * Reads a destination: an absolute http or https URL without credentials that does not lead back to
 * us (ASVS 5.0 V1.2.2, V2.2.1). It is only ever redirected to, never fetched, so any host may be named.
 *
 * @param ownOrigins origins under which this app answers.
 */
export function parseDestination(text: string, ownOrigins: readonly string[]): DestinationResult {
  const typed = text.trim()
  if (typed === '') return refused('Enter the address that the link should lead to.')
  if (typed.length > longestDestination) return refused(tooLong)
  if (!/^https?:/i.test(typed)) return refused('Start the address with https:// or http://.')
  if (hidden.test(typed)) return refused('Remove the spaces and invisible characters.')
  if (authorityHasAt(typed)) return refused('Remove the user name and password from the address.')
  if (!webAddress.test(typed) || typed.includes('\\')) return refused(notAnAddress)
  if (!URL.canParse(typed)) return refused(notAnAddress)

  const url = new URL(typed)
  if (url.href.length > longestDestination) return refused(tooLong)
  if (ownOrigins.some((origin) => leadsTo(url, new URL(origin)))) return refused(leadsBack)
  return { status: 'ok', destination: url.href }
}

const tooLong = `Use an address of at most ${longestDestination} characters.`
const notAnAddress = 'This is not a complete web address, such as https://example.com/page.'
const leadsBack = 'A link cannot lead to another short link here.'

function authorityHasAt(typed: string): boolean {
  return /^https?:[/\\]*[^/?#\\]*@/i.test(typed)
}

/** Same machine and a port we might answer on: our own, or the standard ones in front of it. */
function leadsTo(url: URL, own: URL): boolean {
  if (machine(url.hostname) !== machine(own.hostname)) return false
  return url.port === own.port || (url.port === '' && !isLoopback(own.hostname))
}

/**
 * One name for each host: a final dot changes nothing, and all of loopback is one machine, by
 * whichever name (RFC 6761 section 6.3).
 */
function machine(hostname: string): string {
  return isLoopback(hostname) ? 'localhost' : hostname.replace(/\.$/, '')
}

function isLoopback(hostname: string): boolean {
  if (/^(.+\.)?localhost\.?$/.test(hostname)) return true
  // A connection to "any address" ends on this machine as well.
  return /^(127\.\d+\.\d+\.\d+|0\.0\.0\.0|\[::1?\]|\[::ffff:(7f[0-9a-f]{2}:[0-9a-f]+|0:0)\])$/.test(
    hostname,
  )
}

function refused(message: string): DestinationResult {
  return { status: 'refused', message }
}
