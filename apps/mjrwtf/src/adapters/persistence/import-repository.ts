import { type Selectable, sql } from 'kysely'
import type {
  AddedLinks,
  ImportProblem,
  ImportRepository,
  ImportState,
  ImportStep,
  LinkImport,
  OwnImport,
} from '../../application/ports/import-repository.ts'
import { importFormats } from '../../domain/link-import.ts'
import { writeFirstClicks } from './add-clicks.ts'
import { type Database, run, runUnlessDuplicate, runUnlessForeignKeyViolation } from './database.ts'
import { purgeBatch } from './delete-batch.ts'
import { toLinkRow } from './link-repository.ts'
import { type Tables, toInstant } from './tables.ts'

export function createImportRepository(database: Database): ImportRepository {
  const { kysely, dialect } = database
  const imports = () => kysely.selectFrom('link_imports').selectAll()

  async function move(own: OwnImport, from: ImportState, changes: Partial<Row>): Promise<boolean> {
    const query = kysely
      .updateTable('link_imports')
      .set(changes)
      .where('id', '=', own.id)
      .where('owner_id', '=', own.ownerId)
      .where('state', '=', from)
      .returning('id')
    const moved = await runUnlessDuplicate(query.execute())
    return moved !== 'duplicate' && moved.length === 1
  }

  return {
    ...createProgress(database),
    async create({ id, ownerId, fileName, createdAt }) {
      const at = dialect.timestamp(createdAt)
      // Those that never started. Their steps are deleted with them.
      await run(
        kysely
          .deleteFrom('link_imports')
          .where('owner_id', '=', ownerId)
          .where('state', 'in', ['checking', 'ready'])
          .execute(),
      )
      const empty = { format: 'other', links: 0, added: 0, steps: 0, completed_steps: 0 }
      const columns = { id, owner_id: ownerId, file_name: fileName, state: 'checking' }
      const times = { created_at: at, updated_at: at }
      const row = { ...columns, ...times, ...empty, problem_count: 0, problems: '[]' }
      const query = kysely.insertInto('link_imports').values(row)
      return (await runUnlessForeignKeyViolation(query.execute())) !== null
    },
    async addStep(id, number, step) {
      const row = { import_id: id, number, content: JSON.stringify(step) }
      const query = kysely.insertInto('link_import_steps').values(row)
      return (await runUnlessForeignKeyViolation(query.execute())) !== null
    },
    async finishCheck(id, { format, links, problemCount, problems, steps }) {
      const query = kysely
        .updateTable('link_imports')
        .set({ state: 'ready', format, links, steps })
        .set({ problem_count: problemCount, problems: JSON.stringify(problems) })
        .where('id', '=', id)
        .where('state', '=', 'checking')
        .returning('id')
      return (await run(query.execute())).length === 1
    },
    async discard({ id, ownerId }) {
      const query = kysely
        .deleteFrom('link_imports')
        .where('id', '=', id)
        .where('owner_id', '=', ownerId)
        .where('state', 'in', ['checking', 'ready'])
        .returning('id')
      return (await run(query.execute())).length === 1
    },
    async find({ id, ownerId }) {
      const query = imports().where('id', '=', id).where('owner_id', '=', ownerId)
      const row = await run(query.executeTakeFirst())
      return row === undefined ? null : toImport(row)
    },
    async findLatest(ownerId) {
      const query = imports()
        .where('owner_id', '=', ownerId)
        .orderBy('created_at', 'desc')
        .orderBy('id')
        .limit(1)
      const row = await run(query.executeTakeFirst())
      return row === undefined ? null : toImport(row)
    },
    start: (own, at) => move(own, 'ready', { state: 'running', updated_at: dialect.timestamp(at) }),
    cancel: (own, at) =>
      move(own, 'running', { state: 'canceling', updated_at: dialect.timestamp(at) }),
    purgeBatch(until) {
      const rows = sql`SELECT id FROM link_imports
        WHERE created_at <= ${dialect.timestampSql(until)} AND state NOT IN ('running', 'canceling')`
      return purgeBatch(database, { table: 'link_imports', keyColumns: ['id'], rows })
    },
  }
}

type Row = Selectable<Tables['link_imports']>

/** The operations on an import that is running or being canceled. */
function createProgress(database: Database) {
  const { kysely, dialect } = database
  return {
    async listAbandoned(since: number) {
      const query = kysely
        .selectFrom('link_imports')
        .select('id')
        .where('state', 'in', ['running', 'canceling'])
        .where('updated_at', '<=', dialect.timestamp(since))
        .limit(100)
      return (await run(query.execute())).map(({ id }) => id)
    },
    async progress(id: string) {
      const query = kysely.selectFrom('link_imports').selectAll().where('id', '=', id)
      const row = await run(query.executeTakeFirst())
      return row === undefined ? null : toImport(row)
    },
    async readStep(id: string, number: number): Promise<ImportStep | null> {
      const query = kysely
        .selectFrom('link_import_steps')
        .select('content')
        .where('import_id', '=', id)
        .where('number', '=', number)
      const row = await run(query.executeTakeFirst())
      return row === undefined ? null : JSON.parse(row.content)
    },
    addLinks: (id: string, added: AddedLinks) => addLinks(database, id, added),
    async completeStep(id: string, number: number, at: number) {
      const query = kysely
        .updateTable('link_imports')
        .set({ completed_steps: number + 1, updated_at: dialect.timestamp(at) })
        .where('id', '=', id)
        .where('state', '=', 'running')
        .where('completed_steps', '=', number)
      await run(query.execute())
    },
    async existing(ids: readonly string[]) {
      if (ids.length === 0) return new Set<string>()
      const query = kysely.selectFrom('links').select('id').where('id', 'in', ids)
      return new Set((await run(query.execute())).map(({ id }) => id))
    },
    async usedKeys(keys: readonly string[]) {
      if (keys.length === 0) return new Set<string>()
      const query = kysely
        .selectFrom('short_codes')
        .select('code_key')
        .where('code_key', 'in', keys)
      return new Set((await run(query.execute())).map(({ code_key }) => code_key))
    },
    async finish(id: string, result: Parameters<ImportRepository['finish']>[1]) {
      const { added, problemCount, problems } = result
      const changes = { added, problem_count: problemCount, problems: JSON.stringify(problems) }
      await end(database, id, { from: 'running', changes: { ...changes, state: 'done' } })
    },
    removeLinks: (id: string, ids: readonly string[]) => removeLinks(database, id, ids),
    finishCancel: (id: string) =>
      end(database, id, { from: 'canceling', changes: { added: 0, state: 'canceled' } }),
  }
}

/**
 * The lock keeps a cancellation from starting to remove links while this transaction adds some. Links are inserted with
 * their counts: raising these afterwards writes each link and its entries again, on PostgreSQL also its search terms.
 */
async function addLinks(
  database: Database,
  id: string,
  { links, firstClicks }: AddedLinks,
): Promise<boolean> {
  const { kysely, dialect } = database
  const counted = firstClicks.filter(({ isBot }) => !isBot)
  const counts = new Map(counted.map(({ linkId, count }) => [linkId, count]))
  const rows = links.map((link) => ({
    ...toLinkRow(database, link),
    click_count: counts.get(link.id) ?? 0,
  }))
  const found = kysely.selectFrom('link_imports').select('id').where('id', '=', id)
  const running = await run(
    database.transact({
      lock: dialect.hasLongTransactions ? found.forShare().compile() : null,
      read: found.where('state', '=', 'running').compile(),
      write: (imports) =>
        imports.length === 0 || links.length === 0
          ? []
          : [
              kysely
                .insertInto('links')
                .values(rows)
                .onConflict((conflict) => conflict.doNothing())
                .compile(),
              ...writeFirstClicks(database, firstClicks),
            ],
    }),
  )
  return running.length === 1
}

/** Only the links of the import have these ids. */
async function removeLinks(database: Database, id: string, ids: readonly string[]): Promise<void> {
  const { kysely } = database
  const canceling = kysely.selectFrom('link_imports').select('id').where('id', '=', id)
  await run(
    database.transact({
      lock: null,
      read: canceling.where('state', '=', 'canceling').compile(),
      write: (found) =>
        found.length === 0 || ids.length === 0
          ? []
          : [
              kysely.deleteFrom('links').where('id', 'in', ids).compile(),
              kysely.deleteFrom('short_codes').where('link_id', 'in', ids).compile(),
            ],
    }),
  )
}

interface End {
  readonly from: ImportState
  readonly changes: Partial<Row>
}

async function end(database: Database, id: string, { from, changes }: End): Promise<void> {
  const { kysely } = database
  const update = kysely
    .updateTable('link_imports')
    .set(changes)
    .where('id', '=', id)
    .where('state', '=', from)
  await run(update.execute())
  // After a crash in between, the purge of the import deletes them.
  await run(kysely.deleteFrom('link_import_steps').where('import_id', '=', id).execute())
}

function toImport(row: Row): LinkImport {
  const problems: readonly ImportProblem[] = JSON.parse(row.problems)
  return {
    id: row.id,
    ownerId: row.owner_id,
    fileName: row.file_name,
    state: toState(row.state),
    createdAt: toInstant(row.created_at),
    format:
      [...importFormats, 'old-database' as const].find((each) => each === row.format) ?? 'other',
    links: row.links,
    added: row.added,
    steps: row.steps,
    completedSteps: row.completed_steps,
    problemCount: row.problem_count,
    problems,
  }
}

const states = ['checking', 'ready', 'running', 'canceling', 'done', 'canceled'] as const

function toState(text: string): ImportState {
  return states.find((state) => state === text) ?? 'canceled'
}
