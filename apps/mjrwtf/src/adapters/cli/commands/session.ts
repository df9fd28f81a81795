import { Command } from 'commander'
import type { UserSession } from '../../../application/ports/user-sessions.ts'
import { noAccount, oneOrAll } from '../arguments.ts'
import type { CliContext } from '../cli-context.ts'
import { CliError } from '../cli-error.ts'
import { printing } from '../command-result.ts'
import { withExamples } from '../help.ts'
import { formatTable, printable } from '../table.ts'
import { minuteOf, timeOf } from '../times.ts'

interface AllOption {
  readonly all?: boolean
}

/** `mjrwtf session …` */
export function createSessionCommand(context: CliContext): Command {
  const session = new Command('session').description('Sessions of users')
  withExamples(
    session
      .command('list')
      .description('List the active sessions of an account')
      .argument('<email>', 'email of the account')
      .action(printing(context, (email: string) => list(context, email))),
    [['session list ada@example.com', 'their ids do not authenticate']],
  )
  withExamples(
    session
      .command('end')
      .description('End a session of an account, or all with the access of connected apps')
      .argument('<email>', 'email of the account')
      .argument('[id]', 'id of the session')
      .option('--all', 'all sessions, sign-ins in progress, connected apps and trusted browsers')
      .action(
        printing(context, (email: string, id: string | undefined, { all }: AllOption) =>
          end(context, email, oneOrAll(id, all)),
        ),
      ),
    [['session end ada@example.com --all', 'takes effect at once, in every process']],
  )
  return session
}

async function list({ withFeatures }: CliContext, email: string) {
  const result = await withFeatures(({ shellOperator }) => shellOperator.listSessions(email))
  if (result.status === 'not-found') throw noAccount(email)
  const { sessions, user } = result
  const rows = sessions.map((session) => [
    session.id,
    minuteOf(session.createdAt),
    minuteOf(session.lastActivityAt),
    session.ipAddress ?? '-',
    printable((session.userAgent ?? '-').slice(0, 60)),
  ])
  const text =
    rows.length === 0
      ? `${user.email} has no active session.`
      : formatTable([['ID', 'CREATED', 'LAST ACTIVE', 'IP ADDRESS', 'BROWSER'], ...rows])
  return { data: { email: user.email, sessions: sessions.map(sessionJson) }, text }
}

function sessionJson(session: UserSession) {
  return {
    id: session.id,
    created_at: timeOf(session.createdAt),
    last_active_at: timeOf(session.lastActivityAt),
    expires_at: timeOf(session.expiresAt),
    assurance_level: session.assuranceLevel,
    ip_address: session.ipAddress,
    user_agent: session.userAgent,
  }
}

async function end({ withFeatures }: CliContext, email: string, id: string | null) {
  const result = await withFeatures(({ shellOperator }) => shellOperator.endSessions(email, id))
  if (result.status === 'not-found') throw noAccount(email)
  const { count, user } = result
  if (id !== null && count === 0) {
    throw new CliError(`${user.email} has no active session with the id ${id}.`)
  }
  return {
    data: { email: user.email, ended_sessions: count },
    text: `Sessions of ${user.email} that ended: ${count}.`,
  }
}
