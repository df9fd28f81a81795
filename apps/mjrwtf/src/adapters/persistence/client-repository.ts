import { type Selectable, sql } from 'kysely'
import type { ClientRepository } from '../../application/ports/client-repository.ts'
import type { ClientApplication, ClientDetails } from '../../domain/client-application.ts'
import { formatScopes, readStoredScopes } from '../../domain/scope.ts'
import { type Database, run } from './database.ts'
import { type Tables, toInstant } from './tables.ts'

/** Stores client applications. */
export function createClientRepository(database: Database): ClientRepository {
  const { kysely } = database
  return {
    async list() {
      const query = kysely.selectFrom('client_applications').selectAll()
      const rows = await run(query.orderBy('created_at').orderBy('id').execute())
      return rows.map(toClient)
    },
    async find(id) {
      const query = kysely.selectFrom('client_applications').selectAll().where('id', '=', id)
      const row = await run(query.executeTakeFirst())
      return row === undefined ? null : toClient(row)
    },
    add: (client, limit) => addClient(database, client, limit),
    async change(id, details) {
      const query = kysely
        .updateTable('client_applications')
        .set(detailColumns(details))
        .where('id', '=', id)
        .returning('id')
      return (await run(query.execute())).length === 1
    },
    async replaceSecret(id, secretHash) {
      const query = kysely
        .updateTable('client_applications')
        .set({ secret_hash: secretHash })
        .where('id', '=', id)
        .where('kind', '=', 'confidential')
        .returning('id')
      return (await run(query.execute())).length === 1
    },
    async remove(id) {
      const query = kysely.deleteFrom('client_applications').where('id', '=', id).returning('name')
      return (await run(query.executeTakeFirst()))?.name ?? null
    },
  }
}

/** Locks all clients, so that parallel registrations are counted one after the other. Only administrators register. */
async function addClient(database: Database, client: ClientApplication, limit: number) {
  const { kysely, dialect, transact } = database
  const isAllowed = ([row]: readonly { readonly count: number | string }[]) =>
    row !== undefined && Number(row.count) < limit
  const lock = dialect.hasLongTransactions
    ? sql`LOCK TABLE client_applications IN SHARE ROW EXCLUSIVE MODE`.compile(kysely)
    : null
  const rows = await run(
    transact({
      lock,
      read: sql<{ count: number | string }>`
        SELECT count(*) AS count FROM client_applications`.compile(kysely),
      write: (counted) => (isAllowed(counted) ? [insertion(database, client)] : []),
    }),
  )
  return isAllowed(rows) ? 'added' : 'too-many'
}

function insertion({ kysely, dialect }: Database, client: ClientApplication) {
  const { id, kind, secretHash, createdBy, createdAt } = client
  const row = {
    id,
    kind,
    secret_hash: secretHash,
    ...detailColumns(client),
    created_by: createdBy,
    created_at: dialect.timestamp(createdAt),
  }
  // The id of the command line is the same for parallel calls; all others are random.
  const insert = kysely.insertInto('client_applications').values(row)
  return insert.onConflict((conflict) => conflict.column('id').doNothing()).compile()
}

function detailColumns({ name, website, redirectUris, scopes, allowsDeviceFlow }: ClientDetails) {
  return {
    name,
    website,
    redirect_uris: JSON.stringify(redirectUris),
    scopes: formatScopes(scopes),
    allows_device_flow: allowsDeviceFlow ? 1 : 0,
  }
}

function toClient(row: Selectable<Tables['client_applications']>): ClientApplication {
  return {
    id: row.id,
    name: row.name,
    kind: row.kind === 'confidential' ? 'confidential' : 'public',
    secretHash: row.secret_hash,
    redirectUris: toTexts(row.redirect_uris),
    scopes: readStoredScopes(row.scopes),
    website: row.website,
    allowsDeviceFlow: row.allows_device_flow === 1,
    createdBy: row.created_by,
    createdAt: toInstant(row.created_at),
  }
}

/** Ignores values that are not strings, in case of direct SQL changes. */
function toTexts(json: string): readonly string[] {
  const texts: unknown = JSON.parse(json)
  return Array.isArray(texts) ? texts.filter((each) => typeof each === 'string') : []
}
