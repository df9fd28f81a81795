import { open, stat } from 'node:fs/promises'
import type { BlocklistFile } from '../../application/ports/blocked-domain-repository.ts'
import { maxBlocklistLines, parseBlocklistLine } from '../../domain/blocked-domain.ts'

/** Longer lines are invalid. No domain has more. */
const maxLineLength = 1_000

/** Larger files are not read. */
const maxBytes = 64 * 1024 * 1024

export interface BlocklistReport {
  readonly domains: number
  /** Lines that are no domain, or beyond `maxBlocklistLines`. */
  readonly invalidLines: number
}

interface BlocklistFileOptions {
  readonly onRead: (report: BlocklistReport) => void
  /** Called once for each change of the problem. */
  readonly onFailure: (problem: string) => void
}

/** A file with a domain on each line, or a hosts file. A change of its time or size makes it read again. */
export function createBlocklistFile(
  path: string,
  { onRead, onFailure }: BlocklistFileOptions,
): BlocklistFile {
  let last = ''

  return {
    async readChanged() {
      const state = await stateOf(path)
      if (state.text === last) return null
      last = state.text
      if (state.problem !== null) {
        onFailure(state.problem)
        return null
      }
      try {
        const { domains, invalidLines } = await readDomains(path)
        onRead({ domains: domains.size, invalidLines })
        return domains
      } catch (error) {
        onFailure(codeOf(error))
        return null
      }
    },
  }
}

interface FileState {
  /** Differs for each version of the file, and each problem. */
  readonly text: string
  readonly problem: string | null
}

async function stateOf(path: string): Promise<FileState> {
  try {
    const { mtimeMs, size, ino } = await stat(path)
    const problem = size > maxBytes ? 'the file is larger than 64 MiB' : null
    return { text: `${mtimeMs} ${size} ${ino}`, problem }
  } catch (error) {
    const problem = codeOf(error)
    return { text: problem, problem }
  }
}

async function readDomains(path: string) {
  const domains = new Set<string>()
  let invalidLines = 0
  let lines = 0
  const file = await open(path, 'r')
  try {
    for await (const line of file.readLines()) {
      lines += 1
      const isTooMuch = lines > maxBlocklistLines || line.length > maxLineLength
      const domain = isTooMuch ? 'invalid' : parseBlocklistLine(line)
      if (domain === 'invalid') invalidLines += 1
      else if (domain !== null) domains.add(domain)
    }
  } finally {
    await file.close()
  }
  return { domains, invalidLines }
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'it cannot be read'
}
