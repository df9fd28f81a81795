import { closeSync, openSync, readSync } from 'node:fs'

/** More than any secret has. A larger file is a mistake, such as the path of a disk. */
const maxBytes = 64 * 1024

/** Reads the file of a secret as UTF-8; `null` if it cannot be read or has more than 64 KiB. */
export function readSecretFile(path: string): string | null {
  try {
    const file = openSync(path, 'r')
    try {
      const bytes = Buffer.alloc(maxBytes + 1)
      const length = readSync(file, bytes)
      return length > maxBytes ? null : bytes.toString('utf8', 0, length)
    } finally {
      closeSync(file)
    }
  } catch {
    return null
  }
}
