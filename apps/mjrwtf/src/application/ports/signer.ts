/**
 * Signs text that goes out and comes back. A seal hides nothing and opens nothing by itself: it only says that the
 * text is ours. One made for one purpose is none for another.
 */
export interface Signer {
  /** The text and its signature: characters of the text, a dot, and 43 of base64url. */
  sign(purpose: string, text: string): string
  /** The text, if any of the keys in use sealed it for that purpose; else `null`. */
  verify(purpose: string, signed: string): string | null
}
