import type { Command } from 'commander'
import type { CliContext } from './cli-context.ts'
import type { CliError } from './cli-error.ts'
import { escapeControls, printableJson } from './table.ts'

/** What a command reports. `--json` prints `data` as one JSON document, everyone else reads `text`. */
export interface CommandResult {
  /** Fields in snake case, times as ISO 8601, as in the API. */
  readonly data: unknown
  /** Lines without a line break at the end. */
  readonly text: string
  /** Fails the command after its result was printed. */
  readonly error?: CliError | null
}

type Work<Args extends readonly unknown[]> = (...args: Args) => Promise<CommandResult>

/** The action of a command: its work, and the output of its result. */
export function printing<Args extends readonly unknown[]>(
  { writeOutput }: Pick<CliContext, 'writeOutput'>,
  work: Work<Args>,
) {
  return async function action(this: Command, ...args: Args): Promise<void> {
    const { json = false } = this.optsWithGlobals<{ readonly json?: boolean }>()
    const { data, text, error = null } = await work(...args)
    writeOutput(json ? `${printableJson(data)}\n` : `${escapeControls(text)}\n`)
    if (error !== null) throw error
  }
}
