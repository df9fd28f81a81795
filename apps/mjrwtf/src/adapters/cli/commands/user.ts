import { Command } from 'commander'
import type { CliContext } from '../cli-context.ts'
import { printing } from '../command-result.ts'

/** `mjrwtf user …` */
export function createUserCommand(context: CliContext): Command {
  const user = new Command('user').description('Accounts of users')
  user
    .command('unlock')
    .description('Reset the failed sign-ins of an account, which lock it after 100')
    .argument('<email>', 'email of the account')
    .action(printing(context, (email: string) => unlock(context, email)))
  return user
}

async function unlock({ withFeatures }: CliContext, email: string) {
  await withFeatures(({ signIn }) => signIn.unlockAccount(email))
  // The same message whether or not the account exists: failures are counted per email.
  return { data: { email }, text: `Unlocked: failed sign-ins for ${email} were reset.` }
}
