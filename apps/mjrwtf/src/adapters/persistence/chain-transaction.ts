import { type CompiledQuery, type RawBuilder, sql } from 'kysely'
import type { ChainContext } from '../../application/ports/chain-keys.ts'
import type { ChainOutcome } from '../../application/ports/security-event-repository.ts'
import { type ChainWriter, createChainWriter, type NewRecord } from '../../domain/chain-writer.ts'
import type { ChainPlace, ChainState } from '../../domain/security-chain.ts'
import {
  type ChainStateRow,
  chainStateColumns,
  chainStateTable,
  toChainState,
  writeChainState,
} from './chain-state.ts'
import { type Database, run } from './database.ts'

/** A change of the chain: reads rows while no other process changes it, and writes what follows from them. */
export interface ChainChange<Row> {
  /** A query whose rows are joined to the state. Its columns have other names than those of the state. */
  readonly rows: RawBuilder<Row>
  /** Returns the statements to run, after those that insert the records, and the new start after a purge. `null`: nothing to do. */
  plan(rows: readonly Row[], chain: ChainWriter): ChainPlan | null
}

export interface ChainPlan {
  readonly start?: ChainPlace
  readonly statements: readonly RawBuilder<unknown>[]
}

/** Runs changes of the chain one after the other, also those of several processes. */
export type ChangeChain = <Row>(
  change: ChainChange<Row>,
  context: ChainContext,
) => Promise<ChainOutcome>

/** One for each process and database: it has the state that this process wrote last, to find one that was set back. */
export function createChangeChain(database: Database): ChangeChain {
  const { kysely, dialect, transact } = database
  let lastState: ChainState | null = null
  const lock = dialect.hasLongTransactions
    ? sql`SELECT FROM security_event_chain FOR UPDATE`.compile(kysely)
    : null

  return async function changeChain<Row>(change: ChainChange<Row>, context: ChainContext) {
    let outcome: ChainOutcome = { condition: 'continued', changed: false }
    let written: ChainState | null = null

    function write(rows: readonly (Row & ChainStateRow)[]): readonly CompiledQuery[] {
      const { keys, now } = context
      const hasUnplaced = Boolean(rows[0]?.has_unplaced)
      const tools = { ...keys, now, lastState, hasUnplaced }
      const chain = createChainWriter(toChainState(rows[0]), tools)
      const plan = change.plan(rows, chain)
      if (plan === null) return []
      const state = chain.finish(plan.start)
      written = state
      outcome = { condition: chain.condition, changed: true }
      const statements = [
        writeChainState(database, state),
        ...insertRecords(chain.records),
        ...plan.statements,
      ]
      return statements.map((statement) => statement.compile(kysely))
    }

    const read = sql<Row & ChainStateRow>`
      SELECT ${chainStateColumns}, item.* FROM ${chainStateTable}
      LEFT JOIN (${change.rows}) AS item ON true`.compile(kysely)
    await run(transact({ lock, read, write }))
    // Only now is it certain that it was written.
    if (written !== null) lastState = written
    return outcome
  }
}

function insertRecords(records: readonly NewRecord[]): readonly RawBuilder<unknown>[] {
  if (records.length === 0) return []
  const rows = records.map(
    ({ position, kind, content, hash }) => sql`(${position}, ${kind}, ${content}, ${hash})`,
  )
  return [
    sql`INSERT INTO security_event_records (position, kind, content, hash)
      VALUES ${sql.join(rows)}`,
  ]
}
