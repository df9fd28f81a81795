import { mkdirSync, renameSync, rmSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { type Milliseconds, minute, second } from '../../domain/time.ts'
import { ClientError } from './client-error.ts'
import { codeOf } from './client-file.ts'

/** Longer than any work under the lock: its requests time out before. */
const staleAfter: Milliseconds = minute

const maxWait: Milliseconds = 30 * second

/**
 * Runs the work while no other process holds the lock, which is a folder: creating one succeeds for exactly one process. A
 * process that was killed leaves it; it counts as free after a minute.
 */
export async function withFileLock<Result>(
  path: string,
  work: () => Promise<Result>,
): Promise<Result> {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  const giveUpAt = Date.now() + maxWait
  while (!tryLock(path)) {
    if (Date.now() > giveUpAt) {
      throw new ClientError(`Another mjrwtf is using ${path}. Try again when it has finished.`)
    }
    await setTimeout(50)
  }
  try {
    return await work()
  } finally {
    rmSync(path, { recursive: true, force: true })
  }
}

function tryLock(path: string): boolean {
  try {
    mkdirSync(path)
    return true
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') {
      throw new ClientError(`Cannot write ${path} (${codeOf(error)}).`, { cause: error })
    }
    removeIfStale(path)
    return false
  }
}

/** Renames it first, which succeeds for one of several processes that wait. */
function removeIfStale(path: string): void {
  const age = Date.now() - (statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? Date.now())
  if (age < staleAfter) return
  const unused = `${path}.${process.pid}`
  try {
    renameSync(path, unused)
    rmSync(unused, { recursive: true, force: true })
  } catch {
    // Another process has removed it.
  }
}
