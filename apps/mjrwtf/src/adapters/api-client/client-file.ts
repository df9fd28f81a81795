import { randomBytes } from 'node:crypto'
import { chmodSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { z } from 'zod'
import { ClientError } from './client-error.ts'
import { storedTokens } from './stored-tokens.ts'

const clientState = z.object({
  /** The server of the last sign-in, for commands without `--server`. */
  server: z.string().nullable(),
  /** By server, unless a keyring stores them. */
  tokens: z.record(z.string(), storedTokens),
})

export type ClientState = z.infer<typeof clientState>

/** What the commands for users store in a file that only their user can read. */
export interface ClientFile {
  readonly path: string
  /** Throws `ClientError` if it is damaged or cannot be read. */
  read(): ClientState
  /** Replaces the file as a whole: an interrupted write leaves the one before. Hold the lock. */
  update(change: (state: ClientState) => ClientState): void
}

export function createClientFile(path: string): ClientFile {
  function read(): ClientState {
    const text = readText(path)
    if (text === null) return { server: null, tokens: {} }
    const parsed = clientState.safeParse(parseJson(text))
    if (parsed.success) return parsed.data
    throw new ClientError(`The file ${path} is damaged. Delete it and run mjrwtf login again.`)
  }

  return {
    path,
    read,
    update(change) {
      const state = change(read())
      try {
        writeAtomically(path, `${JSON.stringify(state, null, 2)}\n`)
      } catch (error) {
        throw new ClientError(`Cannot write the file ${path} (${codeOf(error)}).`, { cause: error })
      }
    },
  }
}

function readText(path: string): string | null {
  try {
    const text = readFileSync(path, 'utf8')
    // A copy or an editor may have changed the mode.
    chmodSync(path, 0o600)
    return text
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return null
    throw new ClientError(`Cannot read the file ${path} (${codeOf(error)}).`, { cause: error })
  }
}

function writeAtomically(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  const temporary = `${path}.${randomBytes(8).toString('hex')}`
  try {
    writeFileSync(temporary, text, { mode: 0o600, flag: 'wx', flush: true })
    renameSync(temporary, path)
  } finally {
    rmSync(temporary, { force: true })
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

export function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'unknown'
}
