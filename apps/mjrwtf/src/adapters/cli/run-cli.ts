import { CommanderError } from 'commander'
import type { CliContext } from './cli-context.ts'
import { CliError } from './cli-error.ts'
import { createCommandTree } from './command-tree.ts'
import { escapeControls } from './table.ts'

/**
 * Runs `mjrwtf` with these arguments and returns the exit code: 2 for invalid arguments or an invalid configuration, with
 * one line that says why; 1 if the command fails.
 */
export async function runCli(args: readonly string[], context: CliContext): Promise<number> {
  try {
    await createCommandTree(context).parseAsync([...args], { from: 'user' })
    return 0
  } catch (error) {
    // Already printed. Help has the exit code 0.
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2
    if (!(error instanceof CliError)) throw error
    // Contains arguments, and what a server has sent.
    context.writeError(`${escapeControls(error.message)}\n`)
    return error.exitCode
  }
}
