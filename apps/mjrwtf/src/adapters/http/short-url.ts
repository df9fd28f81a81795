/** Path of a short link or of its preview, as a pattern of Hono. */
export const shortPath = '/:code{[A-Za-z0-9_-]{3,20}(?:\\+|%2[Bb])?}'

/** The complete URL of a short code. */
export function shortUrlOf(shortBaseUrl: string, shortCode: string): string {
  return `${shortBaseUrl}/${shortCode}`
}
