import { spawnSync } from 'node:child_process'
import { closeSync, fsyncSync, openSync, readdirSync } from 'node:fs'
import { join } from 'node:path'

/**
 * Drops the files of a folder from the system's page cache, and no others: GNU `dd` requests this with
 * `nocache`. Returns `false` where it is not available.
 */
export function dropFileCache(folder: string): boolean {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true })
  return files
    .filter((entry) => entry.isFile())
    .every(({ parentPath, name }) => dropCacheOf(join(parentPath, name)))
}

function dropCacheOf(file: string): boolean {
  // Dirty pages cannot be dropped.
  const descriptor = openSync(file, 'r+')
  fsyncSync(descriptor)
  closeSync(descriptor)
  const args = [`if=${file}`, 'iflag=nocache', 'count=0', 'status=none']
  return spawnSync('dd', args).status === 0
}
