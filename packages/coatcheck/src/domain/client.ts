/**
 * Where a request came from. Both parts are signals, never proof: an address changes on the road and
 * a user agent is whatever the client says (NIST SP 800-63B-4 section 5.3).
 */
export interface Client {
  /** Address of the client, IPv4 or IPv6 in canonical text, or `null` when the transport has none. */
  readonly ipAddress: string | null
  /** The User-Agent header, cut to 512 characters, or `null` when there was none. */
  readonly userAgent: string | null
}
