import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { dropFileCache } from '../drop-file-cache.ts'
import type { Engine } from '../engine.ts'
import { createProcessMeter } from '../meter.ts'
import { openSqliteDatabase, type SqliteDatabase } from './database.ts'

export interface SqliteEngine extends Engine {
  readonly main: SqliteDatabase
}

/** Opens two files in a temporary folder, which is removed at the end. */
export function openSqlite(): SqliteEngine {
  using opened = new DisposableStack()
  const folder = opened.adopt(mkdtempSync(join(tmpdir(), 'coatcheck-scale-')), remove)
  // An interrupted run would leave gigabytes.
  const removeAtExit = () => remove(folder)
  process.once('exit', removeAtExit)
  opened.defer(() => process.removeListener('exit', removeAtExit))
  const small = opened.use(openSqliteDatabase(folder, 'small'))
  const main = opened.use(openSqliteDatabase(folder, 'main'))
  const closing = opened.move()
  return {
    name: 'sqlite',
    small,
    main,
    meter: createProcessMeter(),
    inFlight: 1,
    operationFactor: 5,
    settings: async () => readSettings(main),
    async clearCaches(level) {
      let done = true
      await main.reopen(() => {
        if (level === 'all-empty') done = dropFileCache(folder)
      })
      return done
    },
    async [Symbol.asyncDispose]() {
      closing.dispose()
    },
  }
}

function remove(folder: string): void {
  rmSync(folder, { recursive: true, force: true })
}

function readSettings({ connection }: SqliteDatabase): Readonly<Record<string, string>> {
  const pragmas = ['journal_mode', 'synchronous', 'page_size', 'cache_size', 'mmap_size']
  return {
    sqlite_version: String(connection.prepare('SELECT sqlite_version()').pluck().get()),
    ...Object.fromEntries(
      pragmas.map((name) => [name, String(connection.pragma(name, { simple: true }))]),
    ),
  }
}
