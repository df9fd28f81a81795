import { randomBytes } from 'node:crypto'
import { chmodSync, linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

export type SecretKeysResult =
  | { readonly status: 'ok'; readonly keys: readonly string[] }
  /** `message`: one line for the operator, without the keys. */
  | { readonly status: 'failed'; readonly message: string }

/** In bytes of UTF-8 (ASVS 5.0 V11.2.3 requires 128 bits; text has less than 8 bits of entropy per byte). */
const minKeyBytes = 32

/** The file with the keys of an instance on SQLite without SECRET_KEYS, beside the file of the database. */
export function secretKeysFile(databaseFile: string): string {
  return join(dirname(databaseFile), 'secret-keys')
}

/**
 * Reads the keys from the file, newest first, one per line or comma-separated. Creates a missing file with one key,
 * readable by the process's user only. If two processes create it concurrently, both use the first one.
 */
export function readOrCreateSecretKeys(file: string): SecretKeysResult {
  try {
    return read(file) ?? generate(file)
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown'
    return failed(`Cannot read or create the secret key file ${file} (${code}).`)
  }
}

function generate(file: string): SecretKeysResult {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
  const temporaryFile = `${file}.${randomBytes(8).toString('hex')}`
  try {
    writeFileSync(temporaryFile, `${randomBytes(32).toString('base64url')}\n`, {
      mode: 0o600,
      flag: 'wx',
    })
    createExclusively(temporaryFile, file)
  } finally {
    rmSync(temporaryFile, { force: true })
  }
  return read(file) ?? failed(`The secret key file ${file} was deleted while it was created.`)
}

/** Creates the file atomically and never replaces one of another process. */
function createExclusively(temporaryFile: string, file: string): void {
  try {
    linkSync(temporaryFile, file)
  } catch (error) {
    if (!isCode(error, 'EEXIST')) throw error
  }
}

function read(file: string): SecretKeysResult | null {
  const text = readIfExists(file)
  if (text === null) return null
  chmodSync(file, 0o600)
  const keys = text.split(/[\s,]+/).filter((key) => key !== '')
  if (keys.length === 0 || keys.some((key) => Buffer.byteLength(key) < minKeyBytes)) {
    return failed(`The secret key file ${file} must contain keys of at least 32 bytes.`)
  }
  return { status: 'ok', keys }
}

function readIfExists(file: string): string | null {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    if (isCode(error, 'ENOENT')) return null
    throw error
  }
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code
}

function failed(message: string): SecretKeysResult {
  return { status: 'failed', message }
}
