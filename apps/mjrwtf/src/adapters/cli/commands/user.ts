import { Command } from 'commander'
import { type SuspensionReason, suspensionReasons } from '../../../domain/suspension.ts'
import { choiceOption, limitOption } from '../arguments.ts'
import type { CliContext } from '../cli-context.ts'
import { printing } from '../command-result.ts'
import { withExamples } from '../help.ts'
import { listUsers } from './list-users.ts'
import {
  createResetLink,
  createUser,
  demoteUser,
  promoteUser,
  removeFactors,
  removeUser,
  restoreUser,
  suspendUser,
  unlockUser,
} from './user-actions.ts'

/** `mjrwtf user …` */
export function createUserCommand(context: CliContext): Command {
  const user = new Command('user').description('Accounts of users')
  addAccountCommands(user, context)
  addAccessCommands(user, context)
  addFactorCommands(user, context)
  return user
}

function addAccountCommands(user: Command, context: CliContext): void {
  withExamples(
    user
      .command('list')
      .description('List the accounts, newest first')
      .addOption(limitOption(50))
      .action(
        printing(context, ({ limit }: { readonly limit: number }) => listUsers(context, limit)),
      ),
    [['user list --limit 500 --json', 'for scripts, with the time of the last activity']],
  )
  withExamples(
    user
      .command('create')
      .description('Create an account, and print the link with which its user sets a password')
      .argument('<email>', 'email of the new account')
      .action(printing(context, (email: string) => createUser(context, email))),
    [['user create ada@example.com', 'also while SIGNUP is closed; hand the link over yourself']],
  )
  withExamples(
    user
      .command('delete')
      .description('Delete an account and its data for good')
      .argument('<email>', 'email of the account')
      .option('--yes', 'do not ask for the email again')
      .action(
        printing(context, (email: string, { yes = false }: { readonly yes?: boolean }) =>
          removeUser(context, email, yes),
        ),
      ),
    [['user delete ada@example.com', 'asks for the email again; the links stop to redirect']],
  )
}

function addAccessCommands(user: Command, context: CliContext): void {
  withExamples(
    user
      .command('suspend')
      .description('Refuse every way into an account, at once, until it is restored')
      .argument('<email>', 'email of the account')
      .addOption(choiceOption('--reason <reason>', 'for the user', suspensionReasons))
      .action(
        printing(context, (email: string, { reason }: { readonly reason: SuspensionReason }) =>
          suspendUser(context, email, reason),
        ),
      ),
    [['user suspend ada@example.com --reason compromised', 'its links keep redirecting']],
  )
  withExamples(
    user
      .command('restore')
      .description('End the suspension of an account')
      .argument('<email>', 'email of the account')
      .action(printing(context, (email: string) => restoreUser(context, email))),
    [['user restore ada@example.com', 'the password and the second factors stay the same']],
  )
  withExamples(
    user
      .command('promote')
      .description('Make an account that of an administrator; others keep the role')
      .argument('<email>', 'email of the account')
      .action(printing(context, (email: string) => promoteUser(context, email))),
    [['user promote ada@example.com', 'the account needs a passkey or an authenticator app']],
  )
  withExamples(
    user
      .command('demote')
      .description('Withdraw the role from an administrator; the last one keeps it')
      .argument('<email>', 'email of the administrator')
      .action(printing(context, (email: string) => demoteUser(context, email))),
    [['user demote ada@example.com', 'with the next request, ada is a user like others']],
  )
  withExamples(
    user
      .command('reset-link')
      .description('Print a link with which a user sets a new password, once, within a day')
      .argument('<email>', 'email of the account')
      .action(printing(context, (email: string) => createResetLink(context, email))),
    [['user reset-link ada@example.com', 'secret: it opens the account; make sure who asks']],
  )
}

function addFactorCommands(user: Command, context: CliContext): void {
  withExamples(
    user
      .command('unlock')
      .description('Reset the failed sign-ins of an account, which lock it after 100')
      .argument('<email>', 'email of the account')
      .action(printing(context, (email: string) => unlockUser(context, email))),
    [['user unlock ada@example.com', 'takes effect at once; the server may be running']],
  )
  withExamples(
    user
      .command('remove-factors')
      .description('Remove all second factors of an account whose user has lost them')
      .argument('<email>', 'email of the account')
      .action(printing(context, (email: string) => removeFactors(context, email))),
    [['user remove-factors ada@example.com', 'without the delay of the page; notifies the user']],
  )
}
