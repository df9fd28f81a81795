import { Command, CommanderError } from 'commander'
import type { CliContext } from './cli-context.ts'
import { CliError } from './cli-error.ts'
import { createUserCommand } from './commands/user.ts'

/**
 * Runs `mjrwtf` with these arguments and returns the exit code: 2 for invalid arguments or an invalid configuration, with
 * one line that says why; 1 if the command fails.
 */
export async function runCli(args: readonly string[], context: CliContext): Promise<number> {
  try {
    await createProgram(context).parseAsync([...args], { from: 'user' })
    return 0
  } catch (error) {
    // Already printed. Help has the exit code 0.
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2
    if (!(error instanceof CliError)) throw error
    context.writeError(`${error.message}\n`)
    return error.exitCode
  }
}

function createProgram(context: CliContext): Command {
  const program = new Command('mjrwtf')
    .description('mjr.wtf: a URL shortener. Settings come from environment variables')
    .option('--json', 'print the result as JSON')
  program
    .command('serve')
    .description('Start the server')
    .action(() => context.serve())
  program.addCommand(createUserCommand(context))
  for (const command of withSubcommands(program)) {
    command.exitOverride().configureOutput({
      writeOut: context.writeOutput,
      writeErr: context.writeError,
      // One line, such as "mjrwtf: unknown option '--force'".
      outputError: (text, write) =>
        write(text.replace(/^error: /, 'mjrwtf: ').replaceAll(/\n(?=.)/g, ' ')),
    })
  }
  return program
}

function withSubcommands(command: Command): readonly Command[] {
  return [command, ...command.commands.flatMap(withSubcommands)]
}
