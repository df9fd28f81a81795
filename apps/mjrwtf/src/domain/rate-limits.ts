import { hour, type Milliseconds, minute } from './time.ts'

/** How often something may be done. */
export interface RateLimit {
  /** Under which it is counted; stays as it is. */
  readonly name: string
  /** So many in each window. */
  readonly max: number
  /** Begins with the first and ends on time, however much is asked for meanwhile. Whole seconds. */
  readonly window: Milliseconds
  /**
   * How many a process takes from the shared count at once, to spend without asking. `most` is a multiple of
   * it. What one process has taken no other can spend. Default 1.
   */
  readonly batchSize?: number
}

/**
 * What may be done how often. People do not meet these limits; scripts that run wild do, and so does whoever
 * uses this service against others. `docs/limits.md` says the same, with the reasons.
 */
export const rateLimits = {
  /** By address: a whole class may sign up in one lesson. What was mistyped does not count. */
  signUp: { name: 'sign-up', max: 50, window: hour },
  /** By mailbox, whether or not it is ours to write to: none must be flooded through us. */
  emailsPerMailbox: { name: 'emails-per-mailbox', max: 5, window: hour },
  /** By address of whoever asks for letters: an office shares one. */
  emailsPerClient: { name: 'emails-per-client', max: 30, window: hour },
  /** By user: a list of links is imported at two and a half a second. */
  links: { name: 'links', max: 300, window: 2 * minute },
  /**
   * By user or bearer token: ten calls a second. By the handful, so that a call that reads writes nothing
   * but now and then.
   */
  api: { name: 'api', max: 600, window: minute, batchSize: 20 },
  /** By address: a script with an old token tries on, and a token that people chose may be short. */
  invalidBearerTokens: { name: 'invalid-bearer-tokens', max: 30, window: minute },
  /** By address: 256 random bits cannot be guessed; this is for those who try. */
  invalidEmailTokens: { name: 'invalid-email-tokens', max: 30, window: 10 * minute },
  /** By kind and user, or mailbox: who does again and again what is told by letter must not bury it. */
  notifications: { name: 'notifications', max: 10, window: hour },
  /** By user: each reads everything there is about them. */
  exports: { name: 'exports', max: 20, window: hour },
  /** By user: a form of theirs can be left behind by who holds its page, without a session. */
  drafts: { name: 'drafts', max: 60, window: hour },
  /** By the operator who makes them: a large team, in one go. */
  invites: { name: 'invites', max: 200, window: hour },
} as const satisfies Readonly<Record<string, RateLimit>>
