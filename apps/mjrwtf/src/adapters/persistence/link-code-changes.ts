import { sql } from 'kysely'
import type {
  AddCodeResult,
  AddedCode,
  CodedLink,
} from '../../application/ports/link-repository.ts'
import { codeKey } from '../../domain/code-key.ts'
import type { Instant } from '../../domain/time.ts'
import { type Database, run } from './database.ts'

/** See `LinkRepository.listCodes`. A code that differs from the main one by case only is the same code. */
export async function listCodes(
  { kysely }: Database,
  { id, ownerId }: CodedLink,
): Promise<readonly string[]> {
  const query = kysely
    .selectFrom('links')
    .leftJoin('short_codes', (join) =>
      join
        .onRef('short_codes.link_id', '=', 'links.id')
        .on('short_codes.removed_at', 'is', null)
        .onRef('short_codes.code_key', '<>', 'links.code_key'),
    )
    .select(['links.short_code as main', 'short_codes.short_code as further'])
    .where('links.id', '=', id)
    .where('links.owner_id', '=', ownerId)
    .where('links.removed_at', 'is', null)
    .orderBy('short_codes.short_code')
  const rows = await run(query.execute())
  return [...new Set(rows.flatMap(({ main, further }) => [main, further ?? []].flat()))]
}

/** What decides whether a code may be added. No row if there is no such link. */
interface LinkState {
  readonly is_taken_down: number
  readonly codes: number | string
  /** The link that has the code, or once had it. */
  readonly holder: string | null
  /** Whether it still has it. */
  readonly is_held: number | null
}

/** In a transaction that locks the link: parallel changes count its codes one after the other. */
export async function addCode(
  database: Database,
  link: CodedLink,
  added: AddedCode,
): Promise<AddCodeResult> {
  const key = codeKey(added.code)
  const [state] = await run(
    database.transact({
      lock: lockLink(database, link),
      read: sql<LinkState>`
        SELECT CASE WHEN taken_down_at IS NULL THEN 0 ELSE 1 END AS is_taken_down,
          (SELECT count(*) FROM short_codes
           WHERE link_id = links.id AND short_codes.removed_at IS NULL) AS codes,
          held.link_id AS holder,
          CASE WHEN held.removed_at IS NULL THEN 1 ELSE 0 END AS is_held
        FROM links LEFT JOIN short_codes AS held ON held.code_key = ${key} AND held.is_variant = 0
        WHERE links.id = ${link.id} AND owner_id = ${link.ownerId}
          AND links.removed_at IS NULL`.compile(database.kysely),
      write: ([row]) =>
        decide(row, link, added) === 'added' ? writeCode(database, link, added) : [],
    }),
  )
  const decision = decide(state, link, added)
  if (decision !== 'added') return decision
  // Another link may have got the code after it was read.
  return (await hasCode(database, link, added)) ? 'added' : 'short-code-taken'
}

function decide(
  state: LinkState | undefined,
  link: CodedLink,
  { maxCodes }: AddedCode,
): AddCodeResult {
  if (state === undefined) return 'not-found'
  if (state.is_taken_down === 1) return 'taken-down'
  if (state.holder !== null && state.holder !== link.id) return 'short-code-taken'
  if (state.holder === link.id && state.is_held === 1) return 'added'
  return Number(state.codes) < maxCodes ? 'added' : 'too-many'
}

function writeCode({ kysely, dialect }: Database, link: CodedLink, added: AddedCode) {
  const { code, isMain, stamp } = added
  const key = codeKey(code)
  const reserve = sql`
    INSERT INTO short_codes (short_code, code_key, link_id) VALUES (${code}, ${key}, ${link.id})
    ON CONFLICT (code_key) WHERE is_variant = 0
    DO UPDATE SET removed_at = NULL WHERE short_codes.link_id = ${link.id}`.compile(kysely)
  if (!isMain) return [reserve]
  const rename = kysely
    .updateTable('links')
    .set({
      short_code: code,
      code_key: key,
      edited_at: dialect.timestamp(stamp.at),
      edited_by: stamp.by,
    })
    .where('id', '=', link.id)
    // Also of an older code that differs by case only.
    .where(({ exists, not, selectFrom, and }) => {
      const codes = selectFrom('short_codes').select('link_id')
      const own = codes.where('code_key', '=', key).where('link_id', '=', link.id)
      const others = codes.where('short_code', '=', code).where('link_id', '<>', link.id)
      return and([exists(own.where('removed_at', 'is', null)), not(exists(others))])
    })
    .compile()
  return [reserve, rename]
}

async function hasCode({ kysely }: Database, { id }: CodedLink, { code, isMain }: AddedCode) {
  const query = isMain
    ? kysely.selectFrom('links').select('id').where('id', '=', id).where('short_code', '=', code)
    : kysely
        .selectFrom('short_codes')
        .select('link_id as id')
        .where('code_key', '=', codeKey(code))
        .where('link_id', '=', id)
        .where('removed_at', 'is', null)
  return (await run(query.execute())).length > 0
}

/** See `LinkRepository.removeCode`. Locks the link, so that a code that becomes the main one is not removed. */
export async function removeCode(
  database: Database,
  link: CodedLink,
  { code, at }: { readonly code: string; readonly at: Instant },
): Promise<boolean> {
  const { kysely, dialect } = database
  const rows = await run(
    database.transact({
      lock: lockLink(database, link),
      read: sql<{ readonly short_code: string }>`
        SELECT short_codes.short_code FROM short_codes JOIN links ON links.id = short_codes.link_id
        WHERE short_codes.code_key = ${codeKey(code)} AND short_codes.removed_at IS NULL
          AND short_codes.code_key <> links.code_key AND links.removed_at IS NULL
          AND links.id = ${link.id} AND links.owner_id = ${link.ownerId}`.compile(kysely),
      write: (found) =>
        found.map(({ short_code }) =>
          kysely
            .updateTable('short_codes')
            .set({ removed_at: dialect.timestamp(at) })
            .where('short_code', '=', short_code)
            .compile(),
        ),
    }),
  )
  return rows.length > 0
}

function lockLink({ kysely, dialect }: Database, { id }: CodedLink) {
  if (!dialect.hasLongTransactions) return null
  return sql`SELECT id FROM links WHERE id = ${id} ${dialect.lockForUpdate()}`.compile(kysely)
}
