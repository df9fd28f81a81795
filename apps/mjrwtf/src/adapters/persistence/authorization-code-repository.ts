import { type Selectable, sql } from 'kysely'
import type {
  AuthorizationCode,
  AuthorizationCodeRepository,
  CodeUse,
  NewAuthorizationCode,
  UseCodeResult,
} from '../../application/ports/authorization-code-repository.ts'
import { formatScopes, readStoredScopes } from '../../domain/scope.ts'
import { type Database, run, runUnlessForeignKeyViolation } from './database.ts'
import { purgeBatch } from './delete-batch.ts'
import { type Tables, toInstant } from './tables.ts'

/** Stores authorization codes. Every decision about a use is one conditional statement. */
export function createAuthorizationCodeRepository(database: Database): AuthorizationCodeRepository {
  const { kysely, dialect } = database
  return {
    async add(code) {
      const insertion = kysely.insertInto('authorization_codes').values(toRow(database, code))
      return (await runUnlessForeignKeyViolation(insertion.execute())) !== null
    },
    async use(presented) {
      const code = await useOnce(database, presented)
      return code === null ? recordReuse(database, presented) : { status: 'used', code }
    },
    async recordGrant(codeHash, grantId) {
      const query = kysely
        .updateTable('authorization_codes')
        .set({ grant_id: grantId })
        .where('code_hash', '=', codeHash)
        .where('reused_at', 'is', null)
        .returning('code_hash')
      return (await run(query.execute())).length === 1
    },
    purgeBatch(expiredUntil) {
      const expired = sql`expires_at <= ${dialect.timestampSql(expiredUntil)}`
      const rows = sql`SELECT code_hash FROM authorization_codes WHERE ${expired}`
      return purgeBatch(database, {
        table: 'authorization_codes',
        keyColumns: ['code_hash'],
        rows,
      })
    },
  }
}

async function useOnce(
  { kysely, dialect }: Database,
  { codeHash, clientId, redirectUri, codeChallenge, at }: CodeUse,
): Promise<AuthorizationCode | null> {
  const query = kysely
    .updateTable('authorization_codes')
    .set({ used_at: dialect.timestamp(at) })
    .where('code_hash', '=', codeHash)
    .where('client_id', '=', clientId)
    .where('redirect_uri', '=', redirectUri)
    .where('code_challenge', '=', codeChallenge)
    .where('expires_at', '>', dialect.timestamp(at))
    .where('used_at', 'is', null)
    .returningAll()
  const row = await run(query.executeTakeFirst())
  return row === undefined ? null : toCode(row)
}

/** A code that was not used stays unused: a client that sends it with another verifier cannot spoil it for the user. */
async function recordReuse(
  { kysely, dialect }: Database,
  { codeHash, clientId, at }: CodeUse,
): Promise<UseCodeResult> {
  const query = kysely
    .updateTable('authorization_codes')
    .set({ reused_at: dialect.timestamp(at) })
    .where('code_hash', '=', codeHash)
    .where('client_id', '=', clientId)
    .where('used_at', 'is not', null)
    .returning(['user_id', 'grant_id'])
  const row = await run(query.executeTakeFirst())
  if (row === undefined) return { status: 'invalid' }
  return { status: 'used-again', userId: row.user_id, grantId: row.grant_id }
}

function toRow({ dialect }: Database, code: NewAuthorizationCode) {
  return {
    code_hash: code.codeHash,
    client_id: code.clientId,
    user_id: code.userId,
    session_id: code.sessionId,
    ip_address: code.ipAddress,
    user_agent: code.userAgent,
    redirect_uri: code.redirectUri,
    code_challenge: code.codeChallenge,
    scopes: formatScopes(code.scopes),
    authenticated_at: dialect.timestamp(code.authenticatedAt),
    created_at: dialect.timestamp(code.createdAt),
    expires_at: dialect.timestamp(code.expiresAt),
    used_at: null,
    grant_id: null,
    reused_at: null,
  }
}

function toCode(row: Selectable<Tables['authorization_codes']>): AuthorizationCode {
  return {
    clientId: row.client_id,
    userId: row.user_id,
    sessionId: row.session_id,
    ipAddress: row.ip_address,
    userAgent: row.user_agent,
    redirectUri: row.redirect_uri,
    codeChallenge: row.code_challenge,
    scopes: readStoredScopes(row.scopes),
    authenticatedAt: toInstant(row.authenticated_at),
    createdAt: toInstant(row.created_at),
  }
}
