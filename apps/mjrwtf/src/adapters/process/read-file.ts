import { closeSync, openSync, readSync } from 'node:fs'

/** Reads a file of at most `maxBytes`; `null` if it cannot be read or is larger, such as the path of a disk. */
export function readFile(path: string, maxBytes: number): Uint8Array<ArrayBuffer> | null {
  try {
    const file = openSync(path, 'r')
    try {
      const bytes = new Uint8Array(maxBytes + 1)
      const length = readSync(file, bytes)
      return length > maxBytes ? null : bytes.slice(0, length)
    } finally {
      closeSync(file)
    }
  } catch {
    return null
  }
}
