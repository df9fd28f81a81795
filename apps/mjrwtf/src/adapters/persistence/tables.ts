import type { Generated } from 'kysely'
import type { Instant } from '../../domain/time.ts'

/** An instant in a column: milliseconds in SQLite, `timestamptz` in PostgreSQL. Created by `Dialect.timestamp`. */
export type Timestamp = number | Date

/** Converts a column to an instant. */
export function toInstant(timestamp: Timestamp): Instant {
  return typeof timestamp === 'number' ? timestamp : timestamp.getTime()
}

/** The types of the tables for Kysely. The migrations create them. */
export interface Tables {
  readonly users: UsersTable
  readonly deleted_users: DeletedUsersTable
  readonly setup_codes: SetUpCodesTable
  readonly invites: InvitesTable
  readonly links: LinksTable
  readonly link_entries: LinkEntriesTable
  readonly link_changes: LinkChangesTable
  readonly link_edits: LinkEditsTable
  readonly short_codes: ShortCodesTable
  readonly link_imports: LinkImportsTable
  readonly link_import_steps: LinkImportStepsTable
  readonly clicks: ClicksTable
  readonly click_days: ClickDaysTable
  readonly visitor_days: VisitorDaysTable
  readonly visitor_salts: VisitorSaltsTable
  readonly unknown_codes: UnknownCodesTable
  readonly link_totals: LinkTotalsTable
  readonly pending_recounts: PendingRecountsTable
  readonly attempts: AttemptsTable
  readonly rate_limits: RateLimitsTable
  readonly security_events: SecurityEventsTable
  readonly security_event_records: SecurityEventRecordsTable
  readonly security_event_chain: SecurityEventChainTable
  readonly email_tokens: EmailTokensTable
  readonly email_changes: EmailChangesTable
  readonly drafts: DraftsTable
  readonly sent_notifications: SentNotificationsTable
  readonly passkeys: PasskeysTable
  readonly authenticators: AuthenticatorsTable
  readonly recovery_codes: RecoveryCodesTable
  readonly phones: PhonesTable
  readonly sms_codes: SmsCodesTable
  readonly trusted_browsers: TrustedBrowsersTable
  readonly used_challenges: UsedChallengesTable
  readonly factor_removals: FactorRemovalsTable
  readonly identities: IdentitiesTable
  readonly used_states: UsedStatesTable
  readonly provider_sessions: ProviderSessionsTable
  readonly provider_logouts: ProviderLogoutsTable
  readonly personal_access_tokens: PersonalAccessTokensTable
  readonly shared_token_uses: SharedTokenUsesTable
  readonly shared_token_deprecation: SharedTokenDeprecationTable
  readonly client_applications: ClientApplicationsTable
  readonly authorization_codes: AuthorizationCodesTable
  readonly device_authorizations: DeviceAuthorizationsTable
  readonly blocked_domains: BlockedDomainsTable
  readonly link_reports: LinkReportsTable
  readonly short_domains: ShortDomainsTable
}

interface UsersTable {
  id: string
  email: string
  email_key: string
  /** Empty for a user without a password. */
  password_hash: string
  created_at: Timestamp
  /** 1 for an administrator, otherwise 0. */
  is_operator: number
  /** Since when. `null` for other users, and for an administrator that an older version added. */
  operator_since: Generated<Timestamp | null>
  /** The invite used to create the account. Unique, so that an invite works once. */
  invite_id: string | null
  password_version: number
  password_changed_by_session: string | null
  /** The changes that were made with a reset link. */
  password_resets: number
  email_verified_at: Timestamp | null
  /** Incremented with every change of password or email. Email tokens of another version are invalid. */
  credentials_version: number
  first_signed_in_at: Timestamp | null
  /** `null` while the first password is unchanged. */
  password_changed_at: Timestamp | null
  /** Triggers of the tables of second factors write it. */
  second_factors: Generated<number>
  /** `null` for an account in use. */
  suspended_at: Generated<Timestamp | null>
  suspension_reason: Generated<string | null>
  planted_before: Generated<Timestamp | null>
  time_zone: Generated<string | null>
  locale: Generated<string | null>
  theme: Generated<string | null>
  landing_page: Generated<string | null>
}

/** Further hosts of short links. */
interface ShortDomainsTable {
  host: string
  root_url: string | null
  not_found_url: string | null
  not_found_text: string
  created_at: Timestamp
}

/** Deleted users whose links and security events may still exist. A trigger of `users` writes it. */
interface DeletedUsersTable {
  id: string
}

interface EmailTokensTable {
  token_hash: string
  purpose: string
  user_id: string
  credentials_version: number
  created_at: Timestamp
  expires_at: Timestamp
  /** 0 if its use does not show who reads the mailbox. */
  verifies_email: Generated<number>
}

interface EmailChangesTable {
  user_id: string
  new_email: string
  new_email_key: string
  confirm_hash: string
  cancel_hash: string
  credentials_version: number
  created_at: Timestamp
  expires_at: Timestamp
}

interface SetUpCodesTable {
  code_hash: string
  expires_at: Timestamp
}

interface InvitesTable {
  id: string
  code_hash: string
  created_by: string
  created_at: Timestamp
  expires_at: Timestamp
  /** Where it was sent, or `null`. */
  email: Generated<string | null>
}

/** The domain is in lower case, in Punycode. */
interface BlockedDomainsTable {
  domain: string
  reason: string
  blocked_at: Timestamp
}

interface LinkReportsTable {
  id: string
  link_id: string
  reason: string
  comment: string
  created_at: Timestamp
  /** `null` for a report in the queue. */
  closed_at: Timestamp | null
}

interface LinksTable {
  id: string
  short_code: string
  destination: string
  owner_id: string
  created_at: Timestamp
  expires_at: Timestamp | null
  removed_at: Timestamp | null
  /** Sum of `click_days.clicks`. */
  click_count: number
  /** Orders the links of a user. Triggers set it. */
  position: Generated<number>
  title: Generated<string>
  note: Generated<string>
  /** JSON array. */
  tags: Generated<string>
  starts_at: Generated<Timestamp | null>
  fallback_url: Generated<string | null>
  click_limit: Generated<number | null>
  /** Visits that a link with a click limit has admitted. */
  admitted_clicks: Generated<number>
  /** Argon2id. `null` for a link that needs no password. */
  password_hash: Generated<string | null>
  /** 1 or 0. */
  forwards_query: Generated<number>
  archived_at: Generated<Timestamp | null>
  /** `null` for the host of SHORT_BASE_URL. */
  domain: Generated<string | null>
  /** `short_code` as it is compared, see `codeKey`. */
  code_key: Generated<string>
  /** `null` if it is `destination`. */
  typed_destination: Generated<string | null>
  /** The title as it is compared and sorted. */
  title_key: Generated<string>
  note_key: Generated<string>
  /** Empty if it is the destination itself in lower case. */
  destination_key: Generated<string>
  /** JSON array. */
  tag_keys: Generated<string>
  /** When the state of the link in lists was computed. `null` for its creation. */
  listed_at: Generated<Timestamp | null>
  /** The change of many links that changed this one last. */
  last_change: Generated<string | null>
  /** `null` for a link that redirects. */
  taken_down_at: Generated<Timestamp | null>
  take_down_reason: Generated<string | null>
  edited_at: Generated<Timestamp | null>
  edited_by: Generated<string>
}

/** The newest edits of each link. A trigger of `links` writes it. */
interface LinkEditsTable {
  link_id: string
  number: number
  at: Timestamp
  edited_by: string
  /** JSON: the value before and after, by column. */
  changes: string
}

/** The links in the lists of their owners: a row for each, and one for each of its tags. Triggers of `links` write it. */
interface LinkEntriesTable {
  position: number
  /** Empty for the row that every link has. */
  tag_key: string
  owner_id: string
  state: string
  created_at: Timestamp
  clicks: number
  name: string
  /** When the state changes next because time passes. */
  due_at: Timestamp | null
}

interface LinkChangesTable {
  id: string
  owner_id: string
  kind: string
  /** Empty for a change that is not about a tag. */
  tag: string
  /** What the tag is renamed to, or empty. */
  new_tag: string
  /** JSON. */
  filter: string
  created_at: Timestamp
  /** JSON: the links behind it are still to be changed. `null` when the change is complete. */
  next_place: string
  links: number
  /** `null` unless it is being undone, or was. */
  undone_at: Timestamp | null
}

/** Every short code that was ever used. A trigger of `links` writes it. */
interface ShortCodesTable {
  short_code: string
  code_key: Generated<string>
  /** Of a link that may have been deleted with its owner. `null` if that was before a link had several codes. */
  link_id: Generated<string | null>
  /** `null` for a code that redirects. */
  removed_at: Generated<Timestamp | null>
  /** 1 for an older code that differs from another one by case only. */
  is_variant: Generated<number>
}

interface LinkImportsTable {
  id: string
  owner_id: string
  file_name: string
  state: string
  created_at: Timestamp
  /** When a process last worked on it. */
  updated_at: Timestamp
  format: string
  links: number
  added: number
  steps: number
  completed_steps: number
  problem_count: number
  /** JSON array. */
  problems: string
}

/** What the steps of an import add, until it is complete. */
interface LinkImportStepsTable {
  import_id: string
  number: number
  /** JSON. */
  content: string
}

interface ClicksTable {
  id: string
  link_id: string
  at: Timestamp
  referrer_host: string | null
  country: string | null
  /** The name of a bot if `is_bot` is 1. */
  agent: string | null
  city: Generated<string | null>
  system: Generated<string | null>
  device: Generated<string | null>
  is_bot: Generated<number>
  /** Clicks that were counted together; 1 for a click with a row of its own. */
  count: number
}

/** The clicks on a link in a day of UTC. `ClickRepository.add` writes it together with `clicks`. */
interface ClickDaysTable {
  link_id: string
  /** `YYYY-MM-DD`. */
  day: string
  clicks: number
  /** The sums of the cells, see click-cells.ts. */
  sums: string
  /** The cells of a `ClickDay`. The last column, so that a read of the others does not pass over it. */
  cells: string
}

/** The visitors of a link in a day of UTC. */
interface VisitorDaysTable {
  link_id: string
  /** `YYYY-MM-DD`. */
  day: string
  visitors: number
  /** JSON: pairs of quarter-hour and visitors whose first visit of the day was then. */
  slots: string
  /** Salted hashes. Empty once the day has passed. */
  sketch: string
}

/** The salt of each day that has not passed. */
interface VisitorSaltsTable {
  day: string
  salt: string
}

/** Visits to codes that no link has. */
interface UnknownCodesTable {
  code: string
  visits: number
  first_visit_at: Timestamp
  last_visit_at: Timestamp
}

/** The number of a user's links that are not removed, and of the clicks on them. Triggers of `links` write it. */
interface LinkTotalsTable {
  owner_id: string
  links: number
  clicks: number
}

/** Links whose counts must be computed from their clicks. */
interface PendingRecountsTable {
  link_id: string
}

interface AttemptsTable {
  key: string
  failures: number
  last_attempt_at: Timestamp
  blocked_until: Timestamp
}

/** rate-limiter-flexible writes this table and determines its columns. */
interface RateLimitsTable {
  key: string
  /** Points consumed in the window. */
  points: number
  /** End of the window in milliseconds in both databases; PostgreSQL returns a bigint as text. */
  expire: number | string
}

interface SecurityEventsTable {
  id: string
  user_id: string
  at: Timestamp
  kind: string
  outcome: string
  session_id: string | null
  ip_address: string | null
  user_agent: string | null
  detail: string | null
  /** `null` until the event is part of the chain. A string on PostgreSQL. */
  chain_position: number | string | null
  chain_hash: string | null
}

/** Entries of the chain other than events. */
interface SecurityEventRecordsTable {
  position: number | string
  kind: string
  content: string
  hash: string
}

/** One row: the signed state of the chain. */
interface SecurityEventChainTable {
  singleton: number
  start_position: number | string
  start_hash: string
  position: number | string
  hash: string
  adopts_until: Timestamp
  signing_key: string
  signature: string
}

interface DraftsTable {
  id: string
  user_id: string
  /** The session for which the form was rendered. */
  session_id: string
  path: string
  /** JSON object with string values. */
  fields: string
  created_at: Timestamp
}

interface SentNotificationsTable {
  user_id: string
  subject: string
  sent_at: Timestamp
  sent_by: string
}

/** A passkey. `id` is that of the credential, base64url. */
interface PasskeysTable {
  id: string
  user_id: string
  name: string
  /** COSE. */
  public_key: Uint8Array
  /** PostgreSQL returns a bigint as text. */
  counter: number | string
  /** JSON array. */
  transports: string
  /** 1 if it may be backed up to other devices of the user. Never changes. */
  can_sync: number
  /** 1 if it is. */
  is_synced: number
  /** 1 if it verified the user at its registration. */
  can_verify_user: number
  aaguid: string
  created_at: Timestamp
  last_used_at: Timestamp | null
  /** Since when it is not accepted, because it may have been cloned. */
  suspended_at: Timestamp | null
}

/** An authenticator app. */
interface AuthenticatorsTable {
  id: string
  user_id: string
  name: string
  encrypted_key: Uint8Array
  /** Names the secret key that encrypted it. */
  key_id: string
  /** The latest time step whose code was used. PostgreSQL returns a bigint as text. */
  last_step: number | string
  created_at: Timestamp
  last_used_at: Timestamp | null
}

interface RecoveryCodesTable {
  code_hash: string
  user_id: string
  created_at: Timestamp
  saved_at: Timestamp | null
  used_at: Timestamp | null
}

/** Verified phone numbers. */
interface PhonesTable {
  id: string
  user_id: string
  /** E.164. */
  number: string
  created_at: Timestamp
  last_used_at: Timestamp | null
}

interface SmsCodesTable {
  user_id: string
  purpose: string
  /** Id of the session or of the pending sign-in. */
  bound_to: string
  /** E.164. */
  number: string
  code_hash: string
  attempts: Generated<number>
  created_at: Timestamp
  expires_at: Timestamp
  used_at: Timestamp | null
}

/** Browsers that skip the second step of a sign-in. */
interface TrustedBrowsersTable {
  id: string
  user_id: string
  token_hash: string
  ip_address: string | null
  user_agent: string | null
  created_at: Timestamp
  last_used_at: Timestamp
  expires_at: Timestamp
}

interface UsedChallengesTable {
  challenge_hash: string
  expires_at: Timestamp
}

interface FactorRemovalsTable {
  user_id: string
  /** Id of the administrator. */
  requested_by: string
  requested_at: Timestamp
  due_at: Timestamp
  cancel_hash: string
  reminder_cancel_hash: string | null
}

/** Accounts at external providers. `issuer` and `subject` identify one; the email is only shown. */
interface IdentitiesTable {
  id: string
  user_id: string
  /** `google`, `github`, `discord` or `oidc`. */
  provider: string
  issuer: string
  subject: string
  email: string | null
  created_at: Timestamp
  last_used_at: Timestamp | null
}

interface UsedStatesTable {
  state_hash: string
  expires_at: Timestamp
}

/** The sessions that started at a provider. */
interface ProviderSessionsTable {
  session_id: string
  user_id: string
  issuer: string
  subject: string
  sid: string | null
  expires_at: Timestamp
}

/** Logouts that providers have reported. */
interface ProviderLogoutsTable {
  /** Digest of issuer and `jti`. */
  token_key: string
  issuer: string
  subject: string | null
  sid: string | null
  received_at: Timestamp
  /** 1 when its sessions have ended. */
  is_completed: number
  expires_at: Timestamp
}

interface PersonalAccessTokensTable {
  id: string
  user_id: string
  name: string
  token_hash: string
  /** Separated by spaces. */
  scopes: string
  /** CIDR ranges separated by spaces; empty for all. */
  networks: string
  created_at: Timestamp
  expires_at: Timestamp
  last_used_at: Timestamp | null
  last_used_ip: string | null
  reminded_at: Timestamp | null
}

interface SharedTokenUsesTable {
  token_key: string
  client: string
  /** PostgreSQL returns a bigint as text. */
  uses: number | string
  first_used_at: Timestamp
  last_used_at: Timestamp
}

/** At most one row. */
interface SharedTokenDeprecationTable {
  id: number
  since: Timestamp
}

interface ClientApplicationsTable {
  id: string
  name: string
  kind: string
  secret_hash: string | null
  /** JSON array. */
  redirect_uris: string
  /** Separated by spaces. */
  scopes: string
  website: string | null
  /** 1 if it may request device authorization. */
  allows_device_flow: number
  created_by: string
  created_at: Timestamp
}

interface AuthorizationCodesTable {
  code_hash: string
  client_id: string
  user_id: string
  session_id: string
  ip_address: string | null
  user_agent: string | null
  redirect_uri: string
  code_challenge: string
  scopes: string
  authenticated_at: Timestamp
  created_at: Timestamp
  expires_at: Timestamp
  used_at: Timestamp | null
  grant_id: string | null
  reused_at: Timestamp | null
}

interface DeviceAuthorizationsTable {
  id: string
  device_code_hash: string
  user_code_hash: string
  client_id: string
  scopes: string
  ip_address: string | null
  user_agent: string | null
  created_at: Timestamp
  expires_at: Timestamp
  /** PostgreSQL returns a bigint as text. */
  interval_ms: number | string
  last_polled_at: Timestamp | null
  /** 1 if the last poll came before the interval had passed. */
  polled_early: number
  status: string
  user_id: string | null
  decided_at: Timestamp | null
  authenticated_at: Timestamp | null
  /** Of the user at the decision. */
  password_version: number | null
}
