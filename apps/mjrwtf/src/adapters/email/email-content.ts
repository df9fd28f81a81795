import type { Detail } from './email-details.ts'

/** The content of an email, rendered as text and as HTML. */
export interface EmailContent {
  /** States the subject of the email on its own. Contains no email address and no secret. */
  readonly subject: string
  readonly heading: string
  readonly blocks: readonly EmailBlock[]
}

export type EmailBlock =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'details'; readonly details: readonly Detail[] }
  /** The main action: a button, followed by its URL for mail programs that do not show buttons. */
  | { readonly kind: 'action'; readonly label: string; readonly url: string }
  | { readonly kind: 'link'; readonly label: string; readonly url: string }

export function text(content: string): EmailBlock {
  return { kind: 'text', text: content }
}

export function details(rows: readonly Detail[]): EmailBlock {
  return { kind: 'details', details: rows }
}

export function action(label: string, url: string): EmailBlock {
  return { kind: 'action', label, url }
}

export function link(label: string, url: string): EmailBlock {
  return { kind: 'link', label, url }
}

/** The links in emails. Built from BASE_URL only, never from request data (checklist CS-FP-3). */
export interface EmailLinks {
  /** The host of the site, which is its name in emails. */
  readonly host: string
  readonly home: string
  readonly sessions: string
  readonly securityLog: string
  readonly security: string
  readonly connectedApps: string
  readonly connectedAccounts: string
  readonly recoveryCodes: string
  readonly tokens: string
  readonly forgot: string
  readonly verify: (token: string) => string
  readonly reset: (token: string) => string
  readonly signUp: (invite: string) => string
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
    security: `${baseUrl}/settings/security`,
    connectedAccounts: `${baseUrl}/settings/connected-accounts`,
    connectedApps: `${baseUrl}/settings/connected-apps`,
    recoveryCodes: `${baseUrl}/settings/recovery-codes`,
    tokens: `${baseUrl}/settings/tokens`,
    forgot: `${baseUrl}/forgot`,
    verify: withToken('/verify'),
    reset: withToken('/reset'),
    signUp: (invite) => `${baseUrl}/signup?invite=${encodeURIComponent(invite)}`,
  }
}
