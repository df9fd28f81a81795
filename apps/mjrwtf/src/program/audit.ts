import { createReadStream, createWriteStream, openSync, rmSync } from 'node:fs'
import { createInterface } from 'node:readline'
import type { Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { VerifyAuditOptions } from '../adapters/cli/cli-context.ts'
import { CliError } from '../adapters/cli/cli-error.ts'
import { createChainVerifier } from '../adapters/crypto/chain-keys.ts'
import type { ChainReport } from '../application/audit/chain-report.ts'
import { type FileVerification, verifyFile } from '../application/audit/export-chain.ts'
import type { Config } from '../config/config.ts'
import { withFeatures } from './with-features.ts'

/** Verifies the chain in the database. */
export async function verifyAudit(
  config: Config,
  { log, keys }: VerifyAuditOptions,
): Promise<ChainReport> {
  const lines = log === null ? null : linesOf(log)
  return withFeatures(config, ({ audit }) =>
    audit.verify({ keys, ...(lines !== null && { log: lines }) }),
  )
}

/** Verifies an exported file. Opens no database and reads no secret. */
export async function verifyAuditFile(
  file: string,
  keys: readonly string[],
): Promise<FileVerification> {
  return verifyFile({ lines: linesOf(file), keys, createVerifier: createChainVerifier })
}

/**
 * Writes the chain as JSON lines to a new file that only its owner can read, or to the standard output. Leaves no incomplete
 * file.
 */
export async function exportAudit(config: Config, output: string | null): Promise<number> {
  if (output === null) return writeLines(config, process.stdout)
  const file = createWriteStream(output, { fd: openFile(output, 'wx'), flush: true })
  try {
    return await writeLines(config, file)
  } catch (error) {
    file.destroy()
    rmSync(output, { force: true })
    throw explained(error, output)
  }
}

/** Ends a file, but not the standard output. */
function writeLines(config: Config, target: Writable): Promise<number> {
  return withFeatures(config, async ({ audit }) => {
    let count = 0
    async function* lines() {
      for await (const line of audit.exportLines()) {
        yield `${JSON.stringify(line)}\n`
        count += 1
      }
    }
    await pipeline(lines, target, { end: target !== process.stdout })
    return count
  })
}

function explained(error: unknown, file: string): unknown {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  if (!/^E[A-Z]+$/.test(code)) return error
  return new CliError(`Cannot write ${file} (${code}). There is no export.`, { cause: error })
}

function linesOf(file: string): AsyncIterable<string> {
  return readLines(file, openFile(file, 'r'))
}

/** Starts to read with the first line that is requested: lines that are read before are lost. */
async function* readLines(file: string, fd: number): AsyncGenerator<string> {
  const input = createReadStream(file, { fd })
  yield* createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })
}

/** Before the database is opened: a wrong name fails at once. */
function openFile(file: string, flags: 'r' | 'wx'): number {
  try {
    return openSync(file, flags, 0o600)
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown'
    if (code === 'EEXIST')
      throw new CliError(`The file ${file} exists already. Choose another name.`, { exitCode: 2 })
    throw new CliError(`Cannot open ${file} (${code}).`, { exitCode: 2, cause: error })
  }
}
