import { day, hour, type Milliseconds, minute } from './time.ts'

/** The limit of an operation. */
export interface RateLimit {
  /** Stable key of the counter. */
  readonly name: string
  /** Maximum number per window. */
  readonly max: number
  /** Fixed window: starts with the first request. Whole seconds. */
  readonly window: Milliseconds
  /**
   * Points that a process reserves from the shared count at a time, to consume without a query. `max` is a multiple
   * of it. Other processes cannot consume reserved points. Default 1.
   */
  readonly batchSize?: number
  /**
   * Whether the operation fails while the database can only be read, because it sends what could not be stored. Otherwise
   * the process counts in its memory meanwhile.
   */
  readonly mustBeStored?: true
}

/** The rate limits that all processes share. Normal use never reaches them; runaway scripts and abuse do. `docs/limits.md` has the reasons. */
export const rateLimits = {
  /** Per usable invite, or per IP address without one: a whole class may sign up in one lesson. Invalid input does not count. */
  signUp: { name: 'sign-up', max: 50, window: hour },
  /** Per user: a script may sign in three times a minute. Only the correct password counts, and a reset starts again. */
  signIns: { name: 'sign-ins', max: 200, window: hour },
  /** Per user: each reset starts the limits of sign-ins and reset links again. Only a valid link counts. */
  passwordResets: { name: 'password-resets', max: 5, window: hour },
  /** Per user: each change invalidates the reset links, so that new ones are sent. */
  passwordChanges: { name: 'password-changes', max: 20, window: hour },
  /** Per mailbox that no account has confirmed: prevents flooding it. Counts the emails that are sent. */
  emailsPerMailbox: { name: 'emails-per-mailbox', max: 5, window: hour },
  /** Per user who requests emails for the own account. */
  emailsPerUser: { name: 'emails-per-user', max: 5, window: hour, mustBeStored: true },
  /** Per IP address that requests reset links, which an office shares. */
  emailsPerClient: { name: 'emails-per-client', max: 30, window: hour, mustBeStored: true },
  /** Per user who has signed in with the browser that requests reset links. */
  emailsPerBrowser: { name: 'emails-per-browser', max: 10, window: hour, mustBeStored: true },
  /** Per user: allows an import of 2.5 links per second. */
  links: { name: 'links', max: 300, window: 2 * minute },
  /** Passwords of one link per IP address, which a class shares: each costs a hash. Correct ones count too. */
  linkPasswords: { name: 'link-passwords', max: 60, window: 10 * minute },
  /** Wrong passwords of one link from all IP addresses: a PIN of four digits withstands a day of guessing. */
  wrongLinkPasswords: { name: 'wrong-link-passwords', max: 300, window: hour },
  /** Wrong passwords of all links per IP address, which a class shares: guesses of one password at many links. */
  wrongLinkPasswordsPerClient: {
    name: 'wrong-link-passwords-per-client',
    max: 200,
    window: hour,
  },
  /** Per user or bearer token: 10 calls per second. In batches, so that most read calls write nothing. */
  api: { name: 'api', max: 600, window: minute, batchSize: 20 },
  /** Per user: four pages with lists or statistics per second. In batches, so that most pages write nothing. */
  pages: { name: 'pages', max: 240, window: minute, batchSize: 20 },
  /** Per IP address: a script may retry an expired token, and a chosen token may be short. */
  invalidBearerTokens: { name: 'invalid-bearer-tokens', max: 30, window: minute },
  /** Per IP address: limits the load of guessing, which cannot succeed against 256 random bits. */
  invalidEmailTokens: { name: 'invalid-email-tokens', max: 30, window: 10 * minute },
  /** Per kind and user or mailbox: repeating an operation must not flood the mailbox with notifications. */
  notifications: { name: 'notifications', max: 10, window: hour },
  /** Per user: each export reads all of their data. */
  exports: { name: 'exports', max: 20, window: hour },
  /** Per user: each import reads a file of up to 32 MiB and may add 100,000 links. */
  imports: { name: 'imports', max: 10, window: hour },
  /** Per session: anyone with a page that was rendered for it can save drafts, also after it has ended. */
  drafts: { name: 'drafts', max: 60, window: hour },
  /** Per user: each creation replaces ten rows and notifies the user. */
  recoveryCodes: { name: 'recovery-codes', max: 10, window: hour },
  /** Per user: each one that is added notifies the user. Wrong codes do not count. */
  authenticators: { name: 'authenticators', max: 20, window: hour },
  /** Per user: responses of passkeys that were verified, except those of sign-ins. Each uses up a stored challenge. */
  passkeyUses: { name: 'passkey-uses', max: 120, window: hour, batchSize: 20 },
  /** Per user whose factors an administrator wants to remove: requests and cancellations must not flood the mailbox. */
  factorRemovals: { name: 'factor-removals', max: 5, window: hour },
  /** Codes by text message per user, for any purpose: enough for a message that is lost. */
  smsPerUser: { name: 'sms-per-user', max: 3, window: hour, mustBeStored: true },
  /** Per phone number, which several accounts may enter: prevents flooding it. */
  smsPerNumber: { name: 'sms-per-number', max: 3, window: hour, mustBeStored: true },
  /** Per IP address, which an office shares. Each message costs money, and fraud gets a part of it. */
  smsPerClient: { name: 'sms-per-client', max: 20, window: day, mustBeStored: true },
  /** Per IP address, which an office shares: each is a sign-in on a device or in a command line. */
  deviceAuthorizations: { name: 'device-authorizations', max: 60, window: hour },
  /** Per user: the codes of devices that they enter. */
  userCodesPerUser: { name: 'user-codes-per-user', max: 10, window: 10 * minute },
  /** Of all users: bounds guessing with any number of accounts. Beyond it, a code counts only on the network of its device. */
  userCodes: { name: 'user-codes', max: 1_000, window: 10 * minute },
  /** Per IP address, beyond the limit of all users. */
  userCodesPerClient: { name: 'user-codes-per-client', max: 30, window: 10 * minute },
  /** Per user: apps that are connected. Each stores a code. */
  authorizations: { name: 'authorizations', max: 60, window: hour },
  /** Per IP address: requests of client applications with wrong credentials. */
  clientAuthentications: { name: 'client-authentications', max: 60, window: minute },
  /** Per IP address: each callback of a provider stores its state and calls the provider. */
  providerCallbacks: { name: 'provider-callbacks', max: 300, window: 10 * minute, batchSize: 10 },
  /** Per user: each one that is created notifies the user. */
  personalTokens: { name: 'personal-tokens', max: 60, window: hour },
  /** Per IP address, which an office shares: reports of links by visitors without an account. */
  linkReports: { name: 'link-reports', max: 10, window: hour, mustBeStored: true },
  /** Per operator: enough for a large team at once. */
  invites: { name: 'invites', max: 200, window: hour },
} as const satisfies Readonly<Record<string, RateLimit>>
