import {
  chmodSync,
  existsSync,
  linkSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { dirname } from 'node:path'
import { syncFolder } from './backup-file.ts'

/** The keys in the file, newest first; none if it is missing. */
export function readSecretKeys(file: string): readonly string[] {
  if (!existsSync(file)) return []
  return readFileSync(file, 'utf8')
    .split(/[\s,]+/)
    .filter((key) => key !== '')
}

/** Writes keys to the file, readable by its owner only. Another content is kept under the returned name. */
export function writeSecretKeys(
  file: string,
  keys: readonly string[],
  keptName: string,
): string | null {
  const existing = readSecretKeys(file)
  if (existing.join() === keys.join()) return null
  const kept = existing.length > 0 ? keptName : null
  if (kept !== null) linkSync(file, kept)
  const partial = `${file}.restoring`
  rmSync(partial, { force: true })
  writeFileSync(partial, keys.map((key) => `${key}\n`).join(''), { mode: 0o600, flush: true })
  chmodSync(partial, 0o600)
  renameSync(partial, file)
  syncFolder(dirname(file))
  return kept
}
