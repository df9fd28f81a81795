import { skeleton } from './skeleton.ts'

/** First parts of paths that the app uses or may use. No link ever had one of them as its code. */
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
  ...['localhost', 'www', 'imprint', 'impressum', 'copyright', 'dmca', 'gdpr', 'tos', 'report'],
] as const

const appPathSet: ReadonlySet<string> = new Set(appPaths)

/** Paths of the app whose first part may be the code of an older link. */
const partedAppPaths: ReadonlySet<string> = new Set(['report', 'session'])

/**
 * Whether the path `/code` belongs to the app, so that no link is looked up: its first part, without what follows a period,
 * is one of ours, as in `login/x` and `robots.txt`.
 */
export function isAppPath(code: string): boolean {
  const slash = code.indexOf('/')
  const first = (slash === -1 ? code : code.slice(0, slash)).toLowerCase()
  const period = first.indexOf('.')
  const name = period === -1 ? first : first.slice(0, period)
  // A name that starts with a period, such as `.well-known`, is empty here.
  return name === '' || appPathSet.has(name) || (slash !== -1 && partedAppPaths.has(name))
}

/**
 * Whether a code is reserved, so that it can be neither chosen nor generated: it looks like a path of the app, or official.
 * Links that have such a code already keep it.
 */
export function isReservedCode(code: string): boolean {
  const [first = ''] = code.split(/[./]/, 1)
  return (
    isAppPath(code) || officialPattern.test(skeleton(code)) || pathPattern.test(skeleton(first))
  )
}

const officialPattern = patternOf([...appPaths, ...officialWords], '+')
const pathPattern = patternOf(appPaths, '')

/** Codes that consist of these words only, such as `account-login`. */
function patternOf(words: readonly string[], count: '+' | ''): RegExp {
  return new RegExp(`^(?:${words.map(skeleton).join('|')})${count}$`)
}
