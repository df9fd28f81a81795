import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { createSessions, type RevocationChannel, type SessionStore } from 'coatcheck'
import { createGrants, type GrantStore } from 'coatcheck/grants'
import {
  createPostgresGrantStore,
  createPostgresRevocationChannel,
  createPostgresSessionStore,
  migratePostgresSessions,
} from 'coatcheck/postgres'
import {
  createSqliteGrantStore,
  createSqliteRevocationChannel,
  createSqliteSessionStore,
  migrateSqliteSessions,
} from 'coatcheck/sqlite'
import { grantForTest } from 'coatcheck/testing'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openTestDatabase } from '../../../tools/testing/test-database.ts'

/** What one process opens. */
interface Backend {
  readonly sessionStore: SessionStore
  readonly grantStore: GrantStore
  readonly channel: RevocationChannel
  readonly close: () => Promise<void>
}

/** A database that several processes open. */
interface Deployment {
  readonly connect: () => Backend
  readonly remove: () => Promise<void>
}

async function deployOnSqlite(): Promise<Deployment> {
  const folder = mkdtempSync(join(tmpdir(), 'coatcheck-grants-'))
  const file = join(folder, 'app.db')
  const open = () => {
    const database = new DatabaseSync(file)
    database.exec('PRAGMA journal_mode = WAL; PRAGMA busy_timeout = 5000')
    return database
  }
  const migrating = open()
  await migrateSqliteSessions(migrating)
  migrating.close()
  return {
    connect() {
      const database = open()
      const ofChannel = open()
      return {
        sessionStore: createSqliteSessionStore(database),
        grantStore: createSqliteGrantStore(database),
        channel: createSqliteRevocationChannel(ofChannel),
        async close() {
          database.close()
          ofChannel.close()
        },
      }
    },
    remove: async () => rmSync(folder, { recursive: true }),
  }
}

async function deployOnPostgres(): Promise<Deployment> {
  const { url, drop } = await openTestDatabase()
  const open = () => new pg.Pool({ connectionString: url, max: 5 })
  const migrating = open()
  await migratePostgresSessions(migrating)
  await migrating.end()
  return {
    connect() {
      const pool = open()
      const createClient = () => new pg.Client({ connectionString: url })
      return {
        sessionStore: createPostgresSessionStore(pool),
        grantStore: createPostgresGrantStore(pool),
        channel: createPostgresRevocationChannel({ createClient }),
        close: () => pool.end(),
      }
    },
    remove: drop,
  }
}

/** Counts the subscriptions of a channel. */
function countSubscriptions(channel: RevocationChannel) {
  let count = 0
  const counted: RevocationChannel = {
    subscribe(options) {
      count += 1
      return channel.subscribe(options)
    },
  }
  return { counted, count: () => count }
}

/** Sessions and grants of one process, with one channel. */
function startProcess({ sessionStore, grantStore, channel, close }: Backend) {
  const { counted, count } = countSubscriptions(channel)
  const cache = { channel: counted }
  const sessions = createSessions({ store: sessionStore, data: { initial: {} }, cache })
  // A slow machine must not turn concurrent requests into late ones.
  const grants = createGrants(grantStore, { cache, refreshGrace: '1m' })
  return {
    sessions,
    grants,
    subscriptionCount: count,
    async [Symbol.asyncDispose]() {
      await Promise.all([sessions.close(), grants.close()])
      await close()
    },
  }
}

type Process = ReturnType<typeof startProcess>

async function verifyUntilCached(
  { sessions, grants }: Process,
  token: string,
  accessToken: string,
) {
  const hitBoth = async () => {
    await Promise.all([sessions.verify(token), grants.verify(accessToken)])
    const statistics = [sessions.cacheStatistics(), grants.cacheStatistics()]
    return statistics.every((each) => (each?.hits ?? 0) > 0)
  }
  await expect.poll(hitBoth, { timeout: 20_000, interval: 5 }).toBe(true)
}

describe.each([
  ['SQLite', deployOnSqlite],
  ['PostgreSQL', deployOnPostgres],
] as const)('grants of two processes on %s', (_, deploy) => {
  let deployment: Deployment

  beforeAll(async () => {
    deployment = await deploy()
  })

  afterAll(() => deployment.remove())

  it('return one pair of tokens for 50 concurrent refreshes', async () => {
    await using here = startProcess(deployment.connect())
    await using there = startProcess(deployment.connect())
    const { refreshToken, grant } = await grantForTest(here.grants, { userId: 'ada' })
    const request = { refreshToken, clientId: grant.clientId }

    const outcomes = await Promise.all(
      Array.from({ length: 50 }, (_each, index) =>
        (index % 2 ? here : there).grants.refresh(request),
      ),
    )

    const pairs = outcomes.map((each) =>
      each.status === 'refreshed' ? `${each.accessToken} ${each.refreshToken}` : each.reason,
    )
    expect(new Set(pairs).size).toBe(1)
    const [first] = outcomes
    if (first?.status !== 'refreshed') throw new Error('Expected new tokens')
    expect((await there.grants.verify(first.accessToken)).status).toBe('active')
  })

  it('end in each process, with the sessions, through one subscription', async () => {
    await using here = startProcess(deployment.connect())
    await using there = startProcess(deployment.connect())
    const signedIn = await here.sessions.signIn({ userId: 'grace' })
    if (signedIn.status !== 'signed-in') throw new Error(signedIn.reason)
    const { accessToken } = await grantForTest(here.grants, { userId: 'grace' })
    await verifyUntilCached(there, signedIn.token, accessToken)
    expect(there.subscriptionCount()).toBe(1)

    const revocation = { reason: 'password-changed', by: 'grace' } as const
    await here.sessions.revokeAllForUser('grace', revocation)
    await here.grants.revokeAllForUser('grace', revocation)

    const statuses = async () => [
      (await there.sessions.verify(signedIn.token)).status,
      (await there.grants.verify(accessToken)).status,
    ]
    await expect.poll(statuses, { timeout: 20_000, interval: 1 }).toEqual(['ended', 'ended'])
  })

  it('leave no valid token when they end during concurrent refreshes', async () => {
    await using here = startProcess(deployment.connect())
    await using there = startProcess(deployment.connect())
    const issued = await grantForTest(here.grants, { userId: 'mary' })
    const { refreshToken, grant } = issued
    const { clientId } = grant
    expect((await here.grants.verify(issued.accessToken)).status).toBe('active')

    const refreshes = Array.from({ length: 10 }, (_each, index) =>
      (index % 2 ? here : there).grants.refresh({ refreshToken, clientId }),
    )
    const ended = await there.grants.revoke('mary', grant.id, { reason: 'ended-by-user' })
    const outcomes = await Promise.all(refreshes)

    expect(ended?.id).toBe(grant.id)
    const refreshed = outcomes.filter((each) => each.status === 'refreshed')
    for (const tokens of [issued, ...refreshed]) {
      const verify = async () => (await here.grants.verify(tokens.accessToken)).status
      await expect.poll(verify, { timeout: 20_000, interval: 1 }).not.toBe('active')
      const again = { refreshToken: tokens.refreshToken, clientId }
      const rejected = { status: 'rejected', reason: 'ended' }
      expect(await here.grants.refresh(again)).toEqual(rejected)
      expect(await there.grants.refresh(again)).toEqual(rejected)
    }
  })

  it('end once when a stolen refresh token is used in both at the same time', async () => {
    await using here = startProcess(deployment.connect())
    await using there = startProcess(deployment.connect())
    const { refreshToken, grant } = await grantForTest(here.grants, { userId: 'alan' })
    const clientId = grant.clientId
    const first = await here.grants.refresh({ refreshToken, clientId })
    if (first.status !== 'refreshed') throw new Error(first.reason)
    const next = await here.grants.refresh({ refreshToken: first.refreshToken, clientId })
    if (next.status !== 'refreshed') throw new Error(next.reason)

    const outcomes = await Promise.all([
      here.grants.refresh({ refreshToken, clientId }),
      there.grants.refresh({ refreshToken, clientId }),
      there.grants.refresh({ refreshToken: next.refreshToken, clientId }),
    ])

    const reasons = outcomes.map((each) => (each.status === 'rejected' ? each.reason : each.status))
    expect(reasons.filter((reason) => reason === 'reused')).toHaveLength(1)
    const inspected = await there.grants.inspect(next.refreshToken)
    expect(inspected).toEqual({ kind: 'none' })
    expect(await there.grants.list('alan')).toEqual([])
  })
})
