import { spawnSync } from 'node:child_process'
import { closeSync, fsyncSync, openSync, readdirSync } from 'node:fs'
import { join } from 'node:path'

/**
 * Makes the system drop what it keeps in memory of the files under a folder, and of no others: GNU
 * `dd` asks so with `nocache`. Returns `false` where that is not to be had.
 */
export function dropFileCache(folder: string): boolean {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true })
  return files
    .filter((entry) => entry.isFile())
    .every(({ parentPath, name }) => dropCacheOf(join(parentPath, name)))
}

function dropCacheOf(file: string): boolean {
  // What has not reached the disk yet cannot be dropped.
  const descriptor = openSync(file, 'r+')
  fsyncSync(descriptor)
  closeSync(descriptor)
  const args = [`if=${file}`, 'iflag=nocache', 'count=0', 'status=none']
  return spawnSync('dd', args).status === 0
}
