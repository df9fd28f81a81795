import { describe, expect, it } from 'vitest'
import { migrateToNewest, openSchema } from '../src/adapters/persistence/open-persistence.ts'
import { locationOf, releaseFacts, releases } from './support/releases.ts'
import { databases, openReleasedStorage, type Storage } from './support/storage.ts'
import { readTables, type TableRows, textOf } from './support/table-rows.ts'

async function migrate(storage: Storage, target: number): Promise<void> {
  const schema = openSchema(locationOf(storage))
  await schema.migrate(target, { onWaiting: () => {} }).finally(schema.close)
}

/** Rows that the version before a step stores in another way, or deletes by its own rules. */
const converted: Readonly<Record<number, RegExp>> = {
  // A row may count several clicks; the older version stores one row for each.
  11: /^clicks: /,
  // The older version deletes links and events together with their user.
  14: /"cem"/,
  // The older version reads other cells, and counts the days again from the clicks when it starts.
  24: /^(click_days|pending_recounts): /,
}

function withoutConverted(rows: readonly string[], step: number): readonly string[] {
  return rows.filter((row) => converted[step]?.test(row) !== true)
}

function expectKept(newer: TableRows, older: TableRows, step: number): void {
  const kept = withoutConverted(textOf(older, older), step)
  expect([step, kept]).toEqual([step, withoutConverted(textOf(newer, older), step)])
}

function versionIn(row: object | undefined): number {
  return row !== undefined && 'version' in row ? Number(row.version) : 0
}

describe.each(databases)('migrations down on %s', (kind) => {
  it('lose nothing that the older version stored, at every step with data in all tables', async () => {
    await using storage = await openReleasedStorage(kind, releases[0])
    await migrateToNewest(locationOf(storage))
    const [newest] = await storage.query('SELECT max(version) AS version FROM app_migrations')
    let rows = await readTables(storage)
    for (let step = versionIn(newest); step > 1; step -= 1) {
      await migrate(storage, step - 1)
      const older = await readTables(storage)
      expectKept(rows, older, step)
      await migrate(storage, step)
      await migrate(storage, step - 1)
      expect([step, textOf(await readTables(storage), older)]).toEqual([step, textOf(older, older)])
      rows = older
    }
  })

  it('keep the number of clicks where the older version has one row for each', async () => {
    await using storage = await openReleasedStorage(kind, releases[0])
    await migrate(storage, 10)
    const { shortCode } = releaseFacts(releases[0], kind)
    const clicks = await storage.query(`SELECT clicks.id FROM clicks
      JOIN links ON links.id = clicks.link_id WHERE short_code = '${shortCode}'`)
    expect(clicks).toHaveLength(10)
  })
})
