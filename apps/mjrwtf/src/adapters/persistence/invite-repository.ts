import type { InviteRepository } from '../../application/ports/user-repository.ts'
import { type Database, run } from './database.ts'

/** Keeps invites. That one has been used is seen from the user it made. */
export function createInviteRepository({ kysely, dialect }: Database): InviteRepository {
  return {
    async add({ id, hash, createdBy, createdAt, expiresAt }) {
      const row = {
        id,
        code_hash: hash,
        created_by: createdBy,
        created_at: dialect.timestamp(createdAt),
        expires_at: dialect.timestamp(expiresAt),
      }
      await run(kysely.insertInto('invites').values(row).execute())
    },
    async isUsable(hash, now) {
      const query = kysely
        .selectFrom('invites')
        .leftJoin('users', 'users.invite_id', 'invites.id')
        .select('invites.id')
        .where('invites.code_hash', '=', hash)
        .where('invites.expires_at', '>', dialect.timestamp(now))
        .where('users.id', 'is', null)
      return (await run(query.execute())).length > 0
    },
  }
}
