/** Where letters lead. Made from BASE_URL and from nothing that a visitor sends (checklist CS-FP-3). */
export interface EmailLinks {
  /** What people know the site by: its host. */
  readonly host: string
  readonly home: string
  readonly sessions: string
  readonly securityLog: string
  readonly forgot: string
  readonly verify: (token: string) => string
  readonly reset: (token: string) => string
}

/** `baseUrl`: the public origin, without a trailing slash. */
export function createEmailLinks(baseUrl: string): EmailLinks {
  const withToken = (path: string) => (token: string) =>
    `${baseUrl}${path}?token=${encodeURIComponent(token)}`
  return {
    host: new URL(baseUrl).host,
    home: `${baseUrl}/`,
    sessions: `${baseUrl}/settings/sessions`,
    securityLog: `${baseUrl}/settings/security-log`,
    forgot: `${baseUrl}/forgot`,
    verify: withToken('/verify'),
    reset: withToken('/reset'),
  }
}
