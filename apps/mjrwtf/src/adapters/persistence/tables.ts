import type { Instant } from '../../domain/time.ts'

/** An instant in a column: milliseconds in SQLite, `timestamptz` in PostgreSQL. Made by `Dialect.stamp`. */
export type Stamp = number | Date

/** Reads a column that holds an instant. */
export function toInstant(stamp: Stamp): Instant {
  return typeof stamp === 'number' ? stamp : stamp.getTime()
}

/** The tables as Kysely sees them; `sqlite-schema.ts` and `postgres-schema.ts` make them. */
export interface Tables {
  readonly users: UsersTable
  readonly setup_codes: SetUpCodesTable
  readonly invites: InvitesTable
  readonly links: LinksTable
  readonly short_codes: ShortCodesTable
  readonly clicks: ClicksTable
  readonly attempts: AttemptsTable
  readonly rate_limits: RateLimitsTable
  readonly security_events: SecurityEventsTable
  readonly mailed_tokens: MailedTokensTable
  readonly address_changes: AddressChangesTable
  readonly drafts: DraftsTable
  readonly notices: NoticesTable
}

interface UsersTable {
  id: string
  email: string
  email_key: string
  password_hash: string
  created_at: Stamp
  /** 1 for the operator, of whom the index allows one; else 0. */
  is_operator: number
  /** The invite that made the account: unique, which is what makes an invite good for one. */
  invite_id: string | null
  password_version: number
  password_changed_in: string | null
  email_verified_at: Stamp | null
  /** Counted up with every change of password or address: what was mailed under another is dead. */
  credentials_version: number
  first_signed_in_at: Stamp | null
}

interface MailedTokensTable {
  token_hash: string
  purpose: string
  user_id: string
  credentials_version: number
  created_at: Stamp
  expires_at: Stamp
}

interface AddressChangesTable {
  user_id: string
  new_email: string
  new_email_key: string
  confirm_hash: string
  cancel_hash: string
  credentials_version: number
  created_at: Stamp
  expires_at: Stamp
}

interface SetUpCodesTable {
  code_hash: string
  expires_at: Stamp
}

interface InvitesTable {
  id: string
  code_hash: string
  created_by: string
  created_at: Stamp
  expires_at: Stamp
}

interface LinksTable {
  id: string
  short_code: string
  destination: string
  owner_id: string
  created_at: Stamp
  expires_at: Stamp | null
  removed_at: Stamp | null
}

/** Every code that was ever given to a link; a trigger of `links` writes it. */
interface ShortCodesTable {
  short_code: string
}

interface ClicksTable {
  id: string
  link_id: string
  at: Stamp
  referrer_host: string | null
  country: string | null
  agent: string | null
}

interface AttemptsTable {
  key: string
  failures: number
  last_attempt_at: Stamp
  blocked_until: Stamp
}

/** In the columns, the order and the types of rate-limiter-flexible, which writes it. */
interface RateLimitsTable {
  key: string
  /** What was asked for in the window. */
  points: number
  /** When the window ends, in milliseconds on both databases; PostgreSQL tells a bigint as text. */
  expire: number | string
}

interface SecurityEventsTable {
  id: string
  user_id: string
  at: Stamp
  kind: string
  outcome: string
  session_id: string | null
  ip_address: string | null
  user_agent: string | null
  detail: string | null
}

interface DraftsTable {
  id: string
  user_id: string
  path: string
  /** JSON: one object of texts. */
  fields: string
  created_at: Stamp
}

interface NoticesTable {
  user_id: string
  about: string
  told_at: Stamp
  told_by: string
}
