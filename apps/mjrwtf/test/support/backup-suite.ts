import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { tablesOfAccess } from '../../src/adapters/backup/table-rules.ts'
import { openPersistence } from '../../src/adapters/persistence/open-persistence.ts'
import { backup } from '../../src/program/backup.ts'
import { move } from '../../src/program/move.ts'
import { restore } from '../../src/program/restore.ts'
import { type DatabaseKind, databaseKinds } from '../persistence.ts'
import { aFolder } from './backup-content.ts'
import { readAllRows } from './sample-rows.ts'
import { configFor, openSample, openUnused, runSql, sampleKey } from './unused-database.ts'

const settings = { BASE_URL: 'https://mjr.example' }
const everything = { replace: false, keepSessions: true }
const withoutSessions = { replace: false, keepSessions: false }

/** What holds for backups of a kind of database. */
export function describeBackups(kind: DatabaseKind): void {
  describe(`a backup of ${kind}`, () => {
    it.each(databaseKinds)(
      'restores every row into an empty database of %s',
      async (targetKind) => {
        using folder = aFolder()
        await using source = await openSample(kind)
        await using target = await openUnused(targetKind)
        const file = join(folder.path, 'backup.tar.gz')
        const rows = await readAllRows(source.location)
        await backup({ config: configFor(source.location), settings, output: file })

        await restore(configFor(target.location), { file, ...everything })
        expect(await readAllRows(target.location)).toEqual(rows)
      },
    )

    it('restores nothing that gives access unless requested', async () => {
      using folder = aFolder()
      await using source = await openSample(kind)
      await using target = await openUnused(kind)
      const file = join(folder.path, 'backup.tar.gz')
      const rows = await readAllRows(source.location)
      await backup({ config: configFor(source.location), settings, output: file })

      const report = await restore(configFor(target.location), { file, ...withoutSessions })
      const restored = await readAllRows(target.location)
      for (const [table, expected] of Object.entries(rows)) {
        expect(restored[table], table).toEqual(tablesOfAccess.has(table) ? [] : expected)
      }
      expect(Object.keys(report.rows).filter((table) => tablesOfAccess.has(table))).toEqual([])
      // There was no account before.
      expect(Object.values(report.undone).flat()).toEqual([])
    })

    it('replaces a database with accounts only if requested, and lists what it undoes', async () => {
      using folder = aFolder()
      await using source = await openSample(kind)
      const config = configFor(source.location)
      const file = join(folder.path, 'backup.tar.gz')
      await backup({ config, settings, output: file })
      const now = kind === 'sqlite' ? '1' : 'now()'
      await runSql(
        source.location,
        `UPDATE users SET suspended_at = NULL, email = 'new@example.com'`,
      )
      await runSql(source.location, 'DELETE FROM personal_access_tokens')
      await runSql(source.location, `UPDATE links SET taken_down_at = ${now}`)
      const changed = await readAllRows(source.location)

      await expect(restore(config, { file, ...withoutSessions })).rejects.toThrow(
        /has accounts\. Nothing was changed\. .*--replace/,
      )
      expect(await readAllRows(source.location)).toEqual(changed)
      const report = await restore(config, { file, ...withoutSessions, replace: true })
      expect(report.undone).toMatchObject({
        deletedAccounts: [],
        revokedTokens: [expect.stringContaining('personal_access_tokens.id')],
      })
      expect(await readAllRows(source.location)).not.toEqual(changed)
      if (source.location.kind === 'sqlite') {
        const kept = { kind: 'sqlite', file: report.keptFile ?? '' } as const
        expect(await readAllRows(kept)).toEqual(changed)
      }
    })

    it('is not restored while a process uses the database', async () => {
      using folder = aFolder()
      await using source = await openSample(kind)
      const config = configFor(source.location)
      const file = join(folder.path, 'backup.tar.gz')
      await backup({ config, settings, output: file })
      const rows = await readAllRows(source.location)
      const server = await openPersistence(source.location)
      expect(await server.ping(30_000)).toBe(true)
      try {
        await expect(restore(config, { file, ...everything, replace: true })).rejects.toThrow(
          /A process uses the database.*Nothing was changed/,
        )
        await using target = await openUnused(kind)
        await expect(move(config, target.location)).rejects.toThrow(/A process uses the database/)
      } finally {
        await server.close()
      }
      expect(await readAllRows(source.location)).toEqual(rows)
    })

    it('is not restored where keys or peppers are set that lack those of the backup', async () => {
      using folder = aFolder()
      await using source = await openSample(kind)
      await using target = await openUnused(kind)
      const pepper = 'pe3Zr8vT1xWmB5nJ7yLp2sDf9hGc4aQe'
      const file = join(folder.path, 'backup.tar.gz')
      const withPepper = { PASSWORD_PEPPERS: pepper }
      await backup({ config: configFor(source.location), settings: withPepper, output: file })
      const before = await readAllRows(target.location)

      const otherKey = 'ox3Zr8vT1xWmB5nJ7yLp2sDf9hGc4aQe'
      for (const [environment, variable] of [
        [{ SECRET_KEYS: otherKey, ...withPepper }, /SECRET_KEYS .* lacks .* Nothing was changed/],
        [{ SECRET_KEYS: sampleKey }, /PASSWORD_PEPPERS .* lacks .* Nothing was changed/],
      ] as const) {
        const config = configFor(target.location, environment)
        await expect(restore(config, { file, ...everything })).rejects.toThrow(variable)
      }
      expect(await readAllRows(target.location)).toEqual(before)
      const both = { SECRET_KEYS: `${otherKey},${sampleKey}`, ...withPepper }
      await restore(configFor(target.location, both), { file, ...everything })
    })
  })
}
