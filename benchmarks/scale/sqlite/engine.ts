import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Engine } from '../engine.ts'
import { forgetFiles } from '../forget-files.ts'
import { createOwnMeter } from '../meter.ts'
import { openSqliteSite, type SqliteSite } from './site.ts'

export interface SqliteEngine extends Engine {
  readonly main: SqliteSite
}

/** Opens two files in a temporary folder, which is removed at the end. */
export function openSqlite(): SqliteEngine {
  using opened = new DisposableStack()
  const folder = opened.adopt(mkdtempSync(join(tmpdir(), 'coatcheck-scale-')), remove)
  // An interrupted run leaves gigabytes otherwise.
  const removeAtExit = () => remove(folder)
  process.once('exit', removeAtExit)
  opened.defer(() => process.removeListener('exit', removeAtExit))
  const small = opened.use(openSqliteSite(folder, 'small'))
  const main = opened.use(openSqliteSite(folder, 'main'))
  const closing = opened.move()
  return {
    name: 'sqlite',
    small,
    main,
    meter: createOwnMeter(),
    inFlight: 1,
    pace: 5,
    settings: async () => readSettings(main),
    async chill(chill) {
      let done = true
      await main.reopen(() => {
        if (chill === 'all-empty') done = forgetFiles(folder)
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

function readSettings({ connection }: SqliteSite): Readonly<Record<string, string>> {
  const pragmas = ['journal_mode', 'synchronous', 'page_size', 'cache_size', 'mmap_size']
  return {
    sqlite_version: String(connection.prepare('SELECT sqlite_version()').pluck().get()),
    ...Object.fromEntries(
      pragmas.map((name) => [name, String(connection.pragma(name, { simple: true }))]),
    ),
  }
}
