import { Command } from 'commander'
import type { CliContext } from './cli-context.ts'
import { createAuditCommand } from './commands/audit.ts'
import { createBackupCommands } from './commands/backup.ts'
import { createClientCommands } from './commands/client.ts'
import { createCompletionCommand } from './commands/completion.ts'
import { createConfigCommand } from './commands/config.ts'
import { createDoctorCommand } from './commands/doctor.ts'
import { createLinkCommand } from './commands/link.ts'
import { createMigrateCommand } from './commands/migrate.ts'
import { createServeCommand } from './commands/serve.ts'
import { createSessionCommand } from './commands/session.ts'
import { createTokenCommand } from './commands/token.ts'
import { createUserCommand } from './commands/user.ts'
import { helpGroups, withExamples } from './help.ts'

/** All commands. The groups appear in the help in this order. */
export function createCommandTree(context: CliContext): Command {
  const program = new Command('mjrwtf')
    .description(
      'mjr.wtf, a URL shortener. Settings come from environment variables; see docs/configuration.md.',
    )
    .version(context.version, '-V, --version', 'print the version')
    .addHelpCommand(
      new Command('help')
        .argument('[command]')
        .description('Print the help of a command')
        .helpGroup(helpGroups.shell),
    )
    .option('--json', 'print the result as JSON')
  withExamples(program, [
    ['serve', 'start the server'],
    ['doctor', 'check the configuration and what the server depends on'],
    ['user unlock ada@example.com', 'allow an account to sign in again after too many failures'],
    ['config --json', 'print all settings for a script, without secrets'],
  ])
  for (const [group, commands] of commandGroups(context, program)) {
    for (const command of commands) program.addCommand(command.helpGroup(group))
  }
  for (const command of withSubcommands(program)) {
    command.exitOverride().helpOption('-h, --help', 'print help')
    command.configureHelp({ showGlobalOptions: true })
    if (command !== program) command.helpCommand(false)
    command.configureOutput(outputFor(context))
  }
  return program
}

type CommandGroup = readonly [string, readonly Command[]]

function commandGroups(context: CliContext, program: Command): readonly CommandGroup[] {
  return [
    [
      helpGroups.server,
      [createServeCommand(context), createConfigCommand(context), createDoctorCommand(context)],
    ],
    [
      helpGroups.data,
      [
        createMigrateCommand(context),
        ...createBackupCommands(context),
        createAuditCommand(context),
      ],
    ],
    [
      helpGroups.users,
      [
        createUserCommand(context),
        createSessionCommand(context),
        createTokenCommand(context),
        createLinkCommand(context),
      ],
    ],
    [helpGroups.client, createClientCommands(context)],
    [helpGroups.shell, [createCompletionCommand(context, program)]],
  ]
}

/** The command and all commands below it. */
export function withSubcommands(command: Command): readonly Command[] {
  return [command, ...command.commands.flatMap(withSubcommands)]
}

function outputFor({ writeOutput, writeError }: CliContext) {
  return {
    writeOut: writeOutput,
    writeErr: writeError,
    // One line, such as "mjrwtf: unknown option '--force'".
    outputError: (text: string, write: (text: string) => void) =>
      write(text.replace(/^error: /, 'mjrwtf: ').replaceAll(/\n(?=.)/g, ' ')),
  }
}
