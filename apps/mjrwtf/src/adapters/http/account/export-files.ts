import type { AccountExport } from '../../../application/accounts/export-account.ts'
import type { ArchivedEdit, ArchivedLink } from '../../../application/ports/account-repository.ts'
import type { ConnectedApp } from '../../../application/ports/connected-grants.ts'
import type { UserSession } from '../../../application/ports/user-sessions.ts'
import type { Click } from '../../../domain/click.ts'
import type { Identity } from '../../../domain/identity.ts'
import type { LinkEditValue } from '../../../domain/link-edit.ts'
import type { PersonalToken } from '../../../domain/personal-token.ts'
import { defaultPreferences } from '../../../domain/preferences.ts'
import { formatScopes } from '../../../domain/scope.ts'
import type { SecondFactor } from '../../../domain/second-factor.ts'
import type { TrustedBrowser } from '../../../domain/trusted-browser.ts'
import { linkJson, linkProperties } from '../links/link-json.ts'
import { csvLine } from '../responses/download.ts'
import { toRow } from '../security-log/security-log-files.ts'

/** What the files need besides the archive. */
export interface FileContext {
  readonly shortBaseUrl: string
  readonly now: number
}

type Chunks = AsyncIterable<string>

/** All data as one JSON object with lists of flat rows, with the field names of the API. */
export async function* exportAsJson(
  archive: AccountExport,
  { shortBaseUrl, now }: FileContext,
): Chunks {
  const { sessions, factors, trustedBrowsers, personalTokens, connectedApps, identities } = archive
  yield `{"exported_at":${json(isoTime(now))},\n"account":${json(accountRow(archive))},\n"sessions":[`
  yield* jsonArray([sessions.map(sessionRow)])
  yield '],\n"second_factors":['
  yield* jsonArray([factors.factors.map(factorRow)])
  yield '],\n"trusted_browsers":['
  yield* jsonArray([trustedBrowsers.map(trustedBrowserRow)])
  yield '],\n"access_tokens":['
  yield* jsonArray([personalTokens.map(personalTokenRow)])
  yield '],\n"connected_apps":['
  yield* jsonArray([connectedApps.map(connectedAppRow)])
  yield '],\n"connected_accounts":['
  yield* jsonArray([identities.map(identityRow)])
  yield '],\n"links":['
  yield* jsonArray(linkRows(archive, shortBaseUrl))
  yield '],\n"further_codes":['
  yield* jsonArray(codeRows(archive))
  yield '],\n"link_edits":['
  yield* jsonArray(editRows(archive))
  yield '],\n"clicks":['
  yield* jsonArray(clickRows(archive))
  yield '],\n"security_events":['
  yield* jsonArray(eventRows(archive))
  await archive.confirm()
  yield ']}\n'
}

/** One line per link. */
export function linksAsCsv(archive: AccountExport, { shortBaseUrl }: FileContext): Chunks {
  return csvChunks(archive, linkColumns, linkRows(archive, shortBaseUrl))
}

/** One line per click, or per several that were counted together. */
export function clicksAsCsv(archive: AccountExport): Chunks {
  return csvChunks(archive, clickColumns, clickRows(archive))
}

type Row = Readonly<Record<string, string | number | boolean | null>>
type Rows = AsyncIterable<readonly Row[]>

/** One chunk per page of rows, with commas between all rows. */
async function* jsonArray(pages: Rows | readonly (readonly Row[])[]): Chunks {
  let separator = '\n'
  for await (const rows of pages) {
    if (rows.length === 0) continue
    yield separator + rows.map(json).join(',\n')
    separator = ',\n'
  }
}

async function* csvChunks(archive: AccountExport, columns: readonly string[], pages: Rows): Chunks {
  yield `${columns.join(',')}\r\n`
  for await (const rows of pages) {
    yield rows.map((row) => csvLine(columns.map((name) => row[name] ?? null))).join('')
  }
  await archive.confirm()
}

async function* linkRows(archive: AccountExport, shortBaseUrl: string): Rows {
  for await (const links of archive.links()) yield links.map((link) => linkRow(link, shortBaseUrl))
}

async function* clickRows(archive: AccountExport): Rows {
  for await (const links of archive.links()) {
    // Skips the query for links without clicks, which may be most of a long list.
    for (const link of links.filter(({ clickCount }) => clickCount > 0)) {
      for await (const clicks of archive.clicks(link)) {
        yield clicks.map((click) => clickRow(link, click))
      }
    }
  }
}

async function* codeRows(archive: AccountExport): Rows {
  for await (const codes of archive.codes()) {
    yield codes.map(({ linkId, code }) => ({ link_id: linkId, short_code: code }))
  }
}

async function* editRows(archive: AccountExport): Rows {
  for await (const edits of archive.edits()) yield edits.flatMap(changeRows)
}

/** One row per changed detail. Instants are in milliseconds, and lists are texts. */
function changeRows({ linkId, at, by, changes }: ArchivedEdit): readonly Row[] {
  return changes.map(({ field, before, after }) => ({
    ...{ link_id: linkId, time: isoTime(at), by, field },
    before: flat(before),
    after: flat(after),
  }))
}

function flat(value: LinkEditValue): string | number | null {
  return typeof value === 'object' && value !== null ? value.join(', ') : value
}

async function* eventRows(archive: AccountExport): Rows {
  for await (const events of archive.securityEvents()) yield events.map(toRow)
}

function accountRow({ user, emailStatus, passwordSetAt, factors }: AccountExport): Row {
  const { timeZone, locale, theme, landingPage } = user.preferences ?? defaultPreferences
  return {
    email: user.email,
    email_verified_at: emailStatus.verifiedAt === null ? null : isoTime(emailStatus.verifiedAt),
    email_to_be: emailStatus.pending?.newEmail ?? null,
    created_at: isoTime(user.createdAt),
    is_operator: user.isOperator,
    password_set_at: passwordSetAt === null ? null : isoTime(passwordSetAt),
    recovery_codes_left: factors.unusedRecoveryCodes,
    time_zone: timeZone,
    locale,
    theme,
    landing_page: landingPage,
  }
}

function factorRow({ kind, id, name, createdAt, lastUsedAt }: SecondFactor): Row {
  return {
    kind,
    id,
    name,
    created_at: isoTime(createdAt),
    last_used_at: lastUsedAt === null ? null : isoTime(lastUsedAt),
  }
}

function trustedBrowserRow(browser: TrustedBrowser): Row {
  return {
    id: browser.id,
    created_at: isoTime(browser.createdAt),
    last_used_at: isoTime(browser.lastUsedAt),
    expires_at: isoTime(browser.expiresAt),
    ip_address: browser.ipAddress,
    user_agent: browser.userAgent,
  }
}

function personalTokenRow(token: PersonalToken): Row {
  return {
    id: token.id,
    name: token.name,
    scopes: token.scopes.join(' '),
    networks: token.networks.join(' '),
    created_at: isoTime(token.createdAt),
    expires_at: isoTime(token.expiresAt),
    last_used_at: token.lastUsedAt === null ? null : isoTime(token.lastUsedAt),
    last_used_ip_address: token.lastUsedIpAddress,
  }
}

/** Without tokens, of which only hashes are stored. */
function connectedAppRow(app: ConnectedApp): Row {
  return {
    id: app.id,
    name: app.name,
    client_id: app.clientId,
    scope: formatScopes(app.scopes),
    created_at: isoTime(app.createdAt),
    last_active_at: isoTime(app.lastRefreshedAt),
    expires_at: isoTime(app.expiresAt),
  }
}

function identityRow(identity: Identity): Row {
  const { id, provider, issuer, subject, email, createdAt, lastUsedAt } = identity
  return {
    ...{ id, provider, issuer, subject, email },
    created_at: isoTime(createdAt),
    last_used_at: lastUsedAt === null ? null : isoTime(lastUsedAt),
  }
}

/** The id is the handle shown in the security log, not a credential. */
function sessionRow(session: UserSession): Row {
  return {
    id: session.id,
    created_at: isoTime(session.createdAt),
    last_activity_at: isoTime(session.lastActivityAt),
    expires_at: isoTime(session.expiresAt),
    authenticated_at: isoTime(session.authenticatedAt),
    assurance_level: session.assuranceLevel,
    methods: session.methods.map(({ method, at }) => `${method} ${isoTime(at)}`).join(', '),
    remembered: session.remembered,
    ip_address: session.ipAddress,
    user_agent: session.userAgent,
  }
}

const linkColumns = [...Object.keys(linkProperties), 'removed_at', 'click_count']

function linkRow(link: ArchivedLink, shortBaseUrl: string): Row {
  return {
    id: link.id,
    ...linkJson(link, shortBaseUrl),
    tags: link.tags.join(', '),
    removed_at: link.removedAt === null ? null : isoTime(link.removedAt),
    click_count: link.clickCount,
  }
}

const clickColumns = [
  'short_code',
  'time',
  'referrer_host',
  'country',
  'agent',
  'count',
  'city',
  'system',
  'device',
  'is_bot',
] as const

function clickRow(
  { shortCode }: ArchivedLink,
  { at, referrerHost, isBot, ...click }: Click,
): Record<(typeof clickColumns)[number], string | number | null> {
  const { country, agent, count, city, system, device } = click
  const origins = { referrer_host: referrerHost, country, agent, count, city, system, device }
  return { short_code: shortCode, time: isoTime(at), ...origins, is_bot: isBot ? 1 : 0 }
}

function isoTime(instant: number): string {
  return new Date(instant).toISOString()
}

function json(value: unknown): string {
  return JSON.stringify(value)
}
