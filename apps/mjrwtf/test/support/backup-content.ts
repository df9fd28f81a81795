import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ArchiveContent } from '../../src/adapters/backup/archive-writer.ts'
import type { RowSource } from '../../src/adapters/backup/row-source.ts'

export function aFolder() {
  const path = mkdtempSync(join(tmpdir(), 'mjrwtf-backup-'))
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) }
}

/** A database with this many rows in one table. */
export function manyRows(count: number): RowSource {
  const table = { name: 'short_codes', columns: ['short_code'] }
  return {
    description: {
      database: 'sqlite',
      schema: { app: 20, sessions: 'grants' },
      tables: [table],
      sequences: {},
    },
    async *rows() {
      for (let start = 0; start < count; start += 1_000) {
        yield Array.from({ length: 1_000 }, (_, index) => JSON.stringify([`code-${start + index}`]))
      }
    },
  }
}

export const backupSecrets = {
  secretKeys: ['new-key', 'old-key'],
  settings: { BASE_URL: 'https://mjr.example' },
}

export function aBackup(source: RowSource): ArchiveContent {
  return { ...backupSecrets, source, createdAt: new Date('2031-02-03T04:05:06Z') }
}
