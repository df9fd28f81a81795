/** Where letters lead. Made from BASE_URL and from nothing that a visitor sends (checklist CS-FP-3). */
export interface LetterLinks {
  /** What people know the site by: its host. */
  readonly site: string
  readonly home: string
  readonly sessions: string
  readonly securityLog: string
  readonly forgot: string
  readonly verify: (token: string) => string
  readonly reset: (token: string) => string
}

/** `baseUrl`: the public origin, without a trailing slash. */
export function createLetterLinks(baseUrl: string): LetterLinks {
  const withToken = (path: string) => (token: string) =>
    `${baseUrl}${path}?token=${encodeURIComponent(token)}`
  return {
    site: new URL(baseUrl).host,
    home: `${baseUrl}/`,
    sessions: `${baseUrl}/settings/sessions`,
    securityLog: `${baseUrl}/settings/security-log`,
    forgot: `${baseUrl}/forgot`,
    verify: withToken('/verify'),
    reset: withToken('/reset'),
  }
}
