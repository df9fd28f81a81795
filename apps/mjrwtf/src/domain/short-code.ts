const codePattern = /^[A-Za-z0-9_-]{3,20}$/

/**
 * First path segments that the app uses or reserves, and codes that look official. Compared case-insensitively.
 */
const reservedCodes: ReadonlySet<string> = new Set([
  ...['setup', 'signup', 'login', 'logout', 'signin', 'signout', 'sign-in', 'sign-out', 'sign-up'],
  ...['register', 'create', 'dashboard', 'links', 'settings', 'reauthenticate', 'forgot', 'reset'],
  ...['verify', 'invite', 'invites', 'account', 'accounts', 'profile', 'password', 'sessions'],
  ...['api', 'health', 'healthz', 'ready', 'readyz', 'metrics', 'docs', 'openapi', 'assets'],
  ...['static', 'public', 'admin', 'administrator', 'operator', 'root', 'oauth', 'oidc', 'auth'],
  ...['sso', 'token', 'tokens', 'webauthn', 'passkeys', 'well-known', 'dev', 'robots', 'favicon'],
  ...[
    'sitemap',
    'manifest',
    'csp',
    'csp-report',
    'csp-reports',
    'reports',
    'about',
    'help',
    'support',
    'contact',
  ],
  ...['security', 'privacy', 'terms', 'legal', 'abuse', 'status', 'home', 'index', 'search'],
  ...['export', 'import', 'preview', 'qr', 'mjrwtf', 'null', 'undefined'],
])

/** Whether the text has the format of a short code: 3 to 20 of `A-Za-z0-9_-`. */
export function isShortCode(text: string): boolean {
  return codePattern.test(text)
}

/** Whether the code is reserved, so that it can be neither chosen nor generated. */
export function isReservedCode(shortCode: string): boolean {
  return reservedCodes.has(shortCode.toLowerCase())
}

/** Returns a message if a chosen short code is not allowed, or `null`. */
export function shortCodeProblem(text: string): string | null {
  if (!isShortCode(text)) return 'Use 3 to 20 letters, digits, hyphens or underscores.'
  if (isReservedCode(text)) return 'This code is reserved. Choose another.'
  return null
}

// Without look-alikes such as 0, O, 1, l and I: short codes are read aloud and copied from paper.
const alphabet = '23456789abcdefghjkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ'
const generatedLength = 7

/** Generates a short code of 7 characters (40 bits). */
export function generateShortCode(randomBytes: (count: number) => Uint8Array): string {
  let code = ''
  while (code.length < generatedLength) {
    for (const byte of randomBytes(16)) code += characterFor(byte)
  }
  const generated = code.slice(0, generatedLength)
  return isReservedCode(generated) ? generateShortCode(randomBytes) : generated
}

/** Skips bytes above the last multiple of the alphabet's length, so that all characters are equally likely. */
function characterFor(byte: number): string {
  const fairLimit = Math.floor(256 / alphabet.length) * alphabet.length
  return byte < fairLimit ? alphabet.charAt(byte % alphabet.length) : ''
}
