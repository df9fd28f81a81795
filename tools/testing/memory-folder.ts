import { statfsSync } from 'node:fs'
import { tmpdir } from 'node:os'

const sharedMemory = '/dev/shm'
const minFreeBytes = 4 * 2 ** 30

/**
 * Where test databases are created: in memory if the system has a file system for it with enough space,
 * else in the folder for temporary files. Programs may not be executable there.
 */
export function memoryFolder(): string {
  try {
    const { bavail, bsize } = statfsSync(sharedMemory)
    return bavail * bsize < minFreeBytes ? tmpdir() : sharedMemory
  } catch {
    return tmpdir()
  }
}
