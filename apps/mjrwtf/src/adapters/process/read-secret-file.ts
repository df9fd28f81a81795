import { readFile } from './read-file.ts'

/** More than any secret has. A larger file is a mistake, such as the path of a disk. */
const maxBytes = 64 * 1024

/** Reads the file of a secret as UTF-8; `null` if it cannot be read or has more than 64 KiB. */
export function readSecretFile(path: string): string | null {
  const bytes = readFile(path, maxBytes)
  return bytes === null ? null : Buffer.from(bytes).toString('utf8')
}
