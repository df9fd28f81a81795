import { Command } from 'commander'
import type { PersonalToken } from '../../../domain/personal-token.ts'
import { noAccount, oneOrAll } from '../arguments.ts'
import type { CliContext } from '../cli-context.ts'
import { CliError } from '../cli-error.ts'
import { printing } from '../command-result.ts'
import { withExamples } from '../help.ts'
import { formatTable, printable } from '../table.ts'
import { dayOf, minuteOf, timeOf } from '../times.ts'

interface AllOption {
  readonly all?: boolean
}

/** `mjrwtf token …` */
export function createTokenCommand(context: CliContext): Command {
  const token = new Command('token').description('Personal access tokens of users')
  withExamples(
    token
      .command('list')
      .description('List the access tokens of an account')
      .argument('<email>', 'email of the account')
      .action(printing(context, (email: string) => list(context, email))),
    [['token list ada@example.com', 'no part of a token is stored or printed']],
  )
  withExamples(
    token
      .command('revoke')
      .description('Revoke an access token of an account, or all')
      .argument('<email>', 'email of the account')
      .argument('[id]', 'id of the token')
      .option('--all', 'all access tokens')
      .action(
        printing(context, (email: string, id: string | undefined, { all }: AllOption) =>
          revoke(context, email, oneOrAll(id, all)),
        ),
      ),
    [['token revoke ada@example.com --all', 'takes effect at once, in every process']],
  )
  return token
}

async function list({ withFeatures }: CliContext, email: string) {
  const result = await withFeatures(({ shellOperator }) => shellOperator.listTokens(email))
  if (result.status === 'not-found') throw noAccount(email)
  const { tokens, user } = result
  const rows = tokens.map((token) => [
    token.id,
    printable(token.name),
    token.scopes.join(' '),
    dayOf(token.expiresAt),
    token.lastUsedAt === null ? '-' : minuteOf(token.lastUsedAt),
  ])
  const text =
    rows.length === 0
      ? `${user.email} has no access token.`
      : formatTable([['ID', 'NAME', 'SCOPES', 'EXPIRES', 'LAST USED'], ...rows])
  return { data: { email: user.email, tokens: tokens.map(tokenJson) }, text }
}

function tokenJson(token: PersonalToken) {
  return {
    id: token.id,
    name: token.name,
    scopes: token.scopes,
    networks: token.networks,
    created_at: timeOf(token.createdAt),
    expires_at: timeOf(token.expiresAt),
    last_used_at: timeOf(token.lastUsedAt),
    last_used_ip: token.lastUsedIpAddress,
  }
}

async function revoke({ withFeatures }: CliContext, email: string, id: string | null) {
  const result = await withFeatures(({ shellOperator }) => shellOperator.revokeTokens(email, id))
  if (result.status === 'not-found') throw noAccount(email)
  const { names, user } = result
  if (id !== null && names.length === 0) {
    throw new CliError(`${user.email} has no access token with the id ${id}.`)
  }
  return {
    data: { email: user.email, revoked: names },
    text: `Access tokens of ${user.email} that were revoked: ${names.length}.`,
  }
}
