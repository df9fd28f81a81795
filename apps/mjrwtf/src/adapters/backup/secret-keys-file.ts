import {
  chmodSync,
  constants,
  copyFileSync,
  existsSync,
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

/** Adds keys before those of the file, and returns the name under which the file as it was is kept. */
export function addSecretKeys(
  file: string,
  keys: readonly string[],
  keptName: string,
): string | null {
  const existing = readSecretKeys(file)
  if (existing.join() === keys.join()) return null
  if (existing.length > 0) copyFileSync(file, keptName, constants.COPYFILE_EXCL)
  writeSecretKeys(file, [...new Set([...keys, ...existing])])
  return existing.length > 0 ? keptName : null
}

/** Replaces the keys of the file, readable by its owner only. */
export function writeSecretKeys(file: string, keys: readonly string[]): void {
  const partial = `${file}.restoring`
  rmSync(partial, { force: true })
  writeFileSync(partial, keys.map((key) => `${key}\n`).join(''), { mode: 0o600, flush: true })
  chmodSync(partial, 0o600)
  renameSync(partial, file)
  syncFolder(dirname(file))
}
