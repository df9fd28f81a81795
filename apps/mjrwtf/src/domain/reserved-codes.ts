/** First path segments that the app uses or may use. No link ever had one of them as its code. */
const appPaths = [
  ...['setup', 'signup', 'login', 'logout', 'signin', 'signout', 'sign-in', 'sign-out', 'sign-up'],
  ...['register', 'create', 'dashboard', 'links', 'settings', 'reauthenticate', 'forgot', 'reset'],
  ...['verify', 'invite', 'invites', 'account', 'accounts', 'profile', 'password', 'sessions'],
  ...['api', 'health', 'healthz', 'ready', 'readyz', 'metrics', 'docs', 'openapi', 'assets'],
  ...['static', 'public', 'admin', 'administrator', 'operator', 'root', 'oauth', 'oidc', 'auth'],
  ...['sso', 'token', 'tokens', 'webauthn', 'passkeys', 'well-known', 'dev', 'robots', 'favicon'],
  ...['sitemap', 'manifest', 'csp', 'csp-report', 'csp-reports', 'reports', 'about', 'help'],
  ...['support', 'contact', 'security', 'privacy', 'terms', 'legal', 'abuse', 'status', 'home'],
  ...['index', 'search', 'export', 'import', 'preview', 'qr', 'mjrwtf', 'null', 'undefined'],
] as const

/** Further words with which a link could pretend to be a page of the app or of its operator. */
const officialWords = [
  ...['logon', 'signon', 'logoff', 'session', 'user', 'users', 'my', 'me', 'id', 'identity'],
  ...['verified', 'verification', 'confirm', 'confirmation', 'validate', 'validation', 'activate'],
  ...['passwords', 'passwd', 'passkey', 'passcode', 'credential', 'credentials', 'recover'],
  ...['recovery', 'unlock', 'authorize', 'authorization', 'authenticate'],
  ...['authentication', 'authenticator', 'consent', 'openid', 'saml', 'mfa', '2fa', 'otp', 'totp'],
  ...['admins', 'administration', 'sysadmin', 'superuser', 'moderator', 'owner', 'staff'],
  ...['official', 'system', 'secure', 'safety', 'trust', 'fraud', 'phishing', 'alert', 'alerts'],
  ...['notification', 'notifications', 'helpdesk', 'helpcenter', 'faq'],
  ...['billing', 'bill', 'pay', 'payment', 'payments', 'invoice', 'invoices', 'checkout'],
  ...['refund', 'wallet', 'bank', 'banking', 'subscription', 'unsubscribe', 'email', 'mail'],
  ...['webmail', 'mailbox', 'postmaster', 'hostmaster', 'webmaster', 'console', 'portal'],
  ...['localhost', 'www', 'imprint', 'impressum', 'copyright', 'dmca', 'gdpr', 'tos'],
] as const

const appPathSet: ReadonlySet<string> = new Set(appPaths)

/** Whether the path `/code` belongs to the app, so that no link is looked up. */
export function isAppPath(code: string): boolean {
  return appPathSet.has(code.toLowerCase())
}

/**
 * Whether a code is reserved, so that it can be neither chosen nor generated: it looks like a path of the app, or official.
 * Links that have such a code already keep it.
 */
export function isReservedCode(code: string): boolean {
  return reservedPattern.test(skeleton(code))
}

/** Characters that look like another one, or read like it. */
const lookAlikes: Readonly<Record<string, string>> = {
  '0': 'o',
  '1': 'l',
  i: 'l',
  '3': 'e',
  '4': 'a',
  '5': 's',
  '7': 't',
  '8': 'b',
  '9': 'g',
  rn: 'm',
  vv: 'w',
  '-': '',
  _: '',
}

/** Codes that consist of reserved words only, such as `account-login`. */
const reservedPattern = new RegExp(
  `^(?:${[...appPaths, ...officialWords].map(skeleton).join('|')})+$`,
)

/** Two codes with one skeleton look alike: `Log_in`, `l0gin` and `login`. */
function skeleton(code: string): string {
  return code.toLowerCase().replaceAll(/rn|vv|[013457891i_-]/g, (part) => lookAlikes[part] ?? part)
}
