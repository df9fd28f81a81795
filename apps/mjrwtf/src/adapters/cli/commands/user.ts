import { Command } from 'commander'
import type { CliContext } from '../cli-context.ts'
import { CliError } from '../cli-error.ts'
import { printing } from '../command-result.ts'
import { withExamples } from '../help.ts'

/** `mjrwtf user …` */
export function createUserCommand(context: CliContext): Command {
  const user = new Command('user').description('Accounts of users')
  withExamples(
    user
      .command('unlock')
      .description('Reset the failed sign-ins of an account, which lock it after 100')
      .argument('<email>', 'email of the account')
      .action(printing(context, (email: string) => unlock(context, email))),
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
  return user
}

async function unlock({ withFeatures }: CliContext, email: string) {
  await withFeatures(({ signIn }) => signIn.unlockAccount(email))
  // The same message whether or not the account exists: failures are counted per email.
  return { data: { email }, text: `Unlocked: failed sign-ins for ${email} were reset.` }
}

async function removeFactors({ withFeatures }: CliContext, email: string) {
  const result = await withFeatures(({ removeFactorsNow }) => removeFactorsNow(email))
  if (result.status === 'not-found') {
    throw new CliError(`No account has the email ${email}. Nothing was changed.`)
  }
  const { user, count } = result
  return {
    data: { email: user.email, removed: count },
    text: `Removed: ${user.email} has no second factor anymore (before: ${count}). The password is unchanged.`,
  }
}
