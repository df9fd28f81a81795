import { createSessions, type Sessions } from 'coatcheck'
import { createGrants, type Grants } from 'coatcheck/grants'
import {
  createSqliteGrantStore,
  createSqliteRevocationChannel,
  createSqliteSessionStore,
  migrateSqliteSessions,
} from 'coatcheck/sqlite'
import { openSqlite } from '../cases/sqlite.ts'

export interface Size {
  /** Sessions, and as many grants. */
  readonly tokens: number
  /** Verifications of each kind in a round. */
  readonly verifications: number
  readonly rounds: number
}

/** Processor time of one verification in a round, all threads, in microseconds. */
export interface Round {
  readonly session: number
  readonly accessToken: number
}

/** The kinds take turns, and which is first alternates. A round before the others is not counted. */
export async function measureVerifications(file: string, size: Size): Promise<readonly Round[]> {
  const { sessions, grants, close } = open(file)
  try {
    const sessionTokens = await signIn(sessions, size.tokens)
    const accessTokens = await issue(grants, size.tokens)
    const session = async () => {
      const each = await timeEach(size, sessionTokens, (token) => sessions.verify(token))
      // Activity is written outside of the measured time: access tokens record none.
      await sessions.flushActivity()
      return each
    }
    const accessToken = () => timeEach(size, accessTokens, (token) => grants.verify(token))
    const rounds: Round[] = []
    for (let round = 0; round <= size.rounds; round += 1) {
      const isSessionFirst = round % 2 === 0
      const first = await (isSessionFirst ? session() : accessToken())
      const second = await (isSessionFirst ? accessToken() : session())
      rounds.push(
        isSessionFirst
          ? { session: first, accessToken: second }
          : { session: second, accessToken: first },
      )
    }
    return rounds.slice(1)
  } finally {
    await close()
  }
}

/** Both with default options and one cache each, which share the channel, as in an app. */
function open(file: string) {
  const [database, second] = [openSqlite(file, ''), openSqlite(file, '')]
  // Only reads are measured.
  database.exec('PRAGMA synchronous = OFF')
  migrateSqliteSessions(database)
  const channel = createSqliteRevocationChannel(second)
  const sessions = createSessions({
    store: createSqliteSessionStore(database),
    data: { initial: {} },
    cache: { channel },
  })
  const grants = createGrants(createSqliteGrantStore(database), { cache: { channel } })
  return {
    sessions,
    grants,
    async close() {
      await Promise.all([sessions.close(), grants.close()])
      database.close()
      second.close()
    },
  }
}

async function signIn(sessions: Sessions<object>, count: number): Promise<readonly string[]> {
  const tokens: string[] = []
  for (let index = 0; index < count; index += 1) {
    const outcome = await sessions.signIn({ userId: `user-${index}` })
    if (outcome.status === 'signed-in') tokens.push(outcome.token)
  }
  return tokens
}

async function issue(grants: Grants, count: number): Promise<readonly string[]> {
  const tokens: string[] = []
  const scopes = ['links:read', 'links:write', 'stats:read']
  for (let index = 0; index < count; index += 1) {
    const now = Date.now()
    const userId = `user-${index}`
    const request = { userId, clientId: 'cli', scopes, authenticatedAt: now, authorizedAt: now }
    const outcome = await grants.issue(request)
    if (outcome.status === 'issued') tokens.push(outcome.accessToken)
  }
  return tokens
}

async function timeEach(
  { verifications }: Size,
  tokens: readonly string[],
  verify: (token: string) => Promise<{ readonly status: string }>,
): Promise<number> {
  const before = process.cpuUsage()
  for (let done = 0; done < verifications; done += 1) {
    const token = tokens[(done * 7_919) % tokens.length] ?? ''
    const { status } = await verify(token)
    if (status !== 'active') throw new Error(`a valid token is ${status}`)
  }
  const { user, system } = process.cpuUsage(before)
  return (user + system) / verifications
}
