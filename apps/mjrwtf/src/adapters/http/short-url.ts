/** The whole address that a visitor types for a short code. */
export function shortUrlOf(shortBaseUrl: string, shortCode: string): string {
  return `${shortBaseUrl}/${shortCode}`
}
