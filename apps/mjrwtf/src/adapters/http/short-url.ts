/** The complete URL of a short code. */
export function shortUrlOf(shortBaseUrl: string, shortCode: string): string {
  return `${shortBaseUrl}/${shortCode}`
}
