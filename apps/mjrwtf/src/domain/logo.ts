/** An image that the administrator chose for the pages. */
export interface Logo {
  readonly contentType: 'image/svg+xml' | 'image/png' | 'image/jpeg' | 'image/webp' | 'image/gif'
  readonly bytes: Uint8Array<ArrayBuffer>
}

/** In bytes. Every visitor loads it. */
export const maxLogoSize = 256 * 1024

/** In bytes. The element of an SVG image begins before. */
const maxPreamble = 4_096

const signatures: readonly (readonly [Logo['contentType'], RegExp])[] = [
  ['image/png', /^\x89PNG\r\n[\s\S]{6}IHDR/],
  ['image/jpeg', /^\xff\xd8\xff/],
  ['image/gif', /^GIF8[79]a/],
  ['image/webp', /^RIFF[\s\S]{4}WEBP/],
  // After a byte order mark, an XML declaration, comments and a document type.
  [
    'image/svg+xml',
    /^(?:\xef\xbb\xbf)?(?:\s|<\?xml[^>]*>|<!--(?:(?!-->)[\s\S])*-->|<!DOCTYPE svg[^>]*>)*<svg[\s>]/,
  ],
]

/** The image, recognized by its content, or `null` if browsers show it as none. */
export function parseLogo(bytes: Uint8Array<ArrayBuffer>): Logo | null {
  if (bytes.length > maxLogoSize) return null
  const text = Buffer.from(bytes.subarray(0, maxPreamble)).toString('latin1')
  const known = signatures.find(([, signature]) => signature.test(text))
  return known === undefined ? null : { contentType: known[0], bytes }
}
