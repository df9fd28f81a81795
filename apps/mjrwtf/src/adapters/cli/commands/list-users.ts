import type { UserSummary } from '../../../application/operator/user-summary.ts'
import type { EntryPlace, PageStart } from '../../../application/ports/paging.ts'
import type { CliContext } from '../cli-context.ts'
import { formatTable, printable } from '../table.ts'
import { dayOf, timeOf } from '../times.ts'

type Start = PageStart<EntryPlace> | null

const pageSize = 100

/** `mjrwtf user list` */
export async function listUsers({ withFeatures }: CliContext, limit: number) {
  return withFeatures(async ({ operator }) => {
    const users: UserSummary[] = []
    let start: Start = null
    for (let hasMore = true; hasMore && users.length < limit; ) {
      const size = Math.min(pageSize, limit - users.length)
      const page = await operator.listUsers({ limit: size, start })
      users.push(...page.users)
      start = startAfter(page.users.at(-1))
      hasMore = page.hasMore
    }
    return { data: { users: users.map(userJson) }, text: tableOf(users) }
  })
}

function startAfter(user: UserSummary | undefined): Start {
  return user === undefined
    ? null
    : { direction: 'older', place: { at: user.createdAt, id: user.id } }
}

function tableOf(users: readonly UserSummary[]): string {
  const rows = users.map((user) => [
    printable(user.email),
    stateOf(user),
    dayOf(user.createdAt),
    user.lastActiveAt === null ? '-' : dayOf(user.lastActiveAt),
    String(user.sessionCount),
    String(user.secondFactors),
  ])
  return formatTable([['EMAIL', 'STATE', 'CREATED', 'LAST ACTIVE', 'SESSIONS', 'FACTORS'], ...rows])
}

function stateOf({ isOperator, suspension }: UserSummary): string {
  if (isOperator) return 'administrator'
  return suspension === null ? 'active' : `suspended (${suspension.reason})`
}

function userJson(user: UserSummary) {
  const { suspension } = user
  return {
    id: user.id,
    email: user.email,
    is_administrator: user.isOperator,
    created_at: timeOf(user.createdAt),
    last_active_at: timeOf(user.lastActiveAt),
    sessions: user.sessionCount,
    second_factors: user.secondFactors,
    suspended_at: timeOf(suspension?.at ?? null),
    suspension_reason: suspension?.reason ?? null,
  }
}
