const codePattern = /^[A-Za-z0-9_-]{3,20}$/

/**
 * First path segments that the app answers itself, now or by its contract, and names that would pass
 * for official ones. Compared without regard to case.
 */
const reservedWords: ReadonlySet<string> = new Set([
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

/** Whether the text could be a short code at all: 3 to 20 of `A-Za-z0-9_-`. */
export function isShortCode(text: string): boolean {
  return codePattern.test(text)
}

/** Whether the app keeps the word for itself, so that it can be neither chosen nor generated. */
export function isReserved(shortCode: string): boolean {
  return reservedWords.has(shortCode.toLowerCase())
}

/** Why a wanted short code cannot be had, in words, or `null` when it can. */
export function shortCodeProblem(text: string): string | null {
  if (!isShortCode(text)) return 'Use 3 to 20 letters, digits, hyphens or underscores.'
  if (isReserved(text)) return 'This word is reserved. Choose another.'
  return null
}

// Without 0, O, 1, l, I and their like: people read short codes aloud and copy them from paper.
const alphabet = '23456789abcdefghjkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ'
const generatedLength = 7

/** Makes a short code of 7 characters (40 bits) from random bytes. */
export function generateShortCode(randomBytes: (count: number) => Uint8Array): string {
  let code = ''
  while (code.length < generatedLength) {
    for (const byte of randomBytes(16)) code += characterFor(byte)
  }
  const generated = code.slice(0, generatedLength)
  return isReserved(generated) ? generateShortCode(randomBytes) : generated
}

/** Bytes beyond the last whole multiple are skipped: a remainder would favour the first letters. */
function characterFor(byte: number): string {
  const fairLimit = Math.floor(256 / alphabet.length) * alphabet.length
  return byte < fairLimit ? alphabet.charAt(byte % alphabet.length) : ''
}
