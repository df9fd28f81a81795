import { setTimeout } from 'node:timers/promises'
import { fillDatabase } from '../../apps/mjrwtf/test/support/large-database.ts'
import { type AppServer, startApp } from '../overload/app-server.ts'
import { type Latencies, measureLatencies } from '../overload/latencies.ts'
import { createAgent, send } from '../overload/requests.ts'
import { quantileOf } from '../report/statistics.ts'
import { addUser, deleteAccount, type SignedInUser, signInAsOperator } from './accounts.ts'
import { type OpenDatabase, openDatabase } from './database.ts'

/** Creates an empty database and returns its URL. */
export type CreateDatabase = (name: string) => Promise<string>

export interface Size {
  readonly links: number
  readonly clicks: number
}

export interface PageTime {
  readonly page: string
  /** Medians in ms. */
  readonly small: number
  readonly large: number
}

export interface Interference {
  readonly event: string
  readonly redirect: Latencies
  readonly page: Latencies
}

export interface Measurements {
  readonly database: string
  readonly pages: readonly PageTime[]
  /** The first is without any load. */
  readonly interferences: readonly Interference[]
}

const rounds = 6
const requestsPerRound = 5
const days = 366

const pages = {
  dashboard: '/dashboard',
  'search that finds many': '/dashboard?q=newsletter',
  'search that finds one': '/dashboard?q=articles/7919',
  'list by clicks': '/dashboard?sort=-clicks',
  'list by title': '/dashboard?sort=title',
  'list of a state': '/dashboard?state=ended&sort=-clicks',
  'list of a tag': '/dashboard?tag=tag-7&sort=title',
  'list of a year by clicks': '/dashboard?from=2020-01-01&to=2040-01-01&sort=clicks',
  'search by clicks': '/dashboard?q=newsletter&sort=-clicks',
  'search that finds one, by title': '/dashboard?q=articles/7919&sort=title',
  'list of archived links': '/dashboard?state=archived',
  'list of active links of a tag by clicks': '/dashboard?tag=tag-7&state=active&sort=-clicks',
  'deleted links': '/dashboard/deleted',
  'API, links of a tag by title': '/api/urls?tag=tag-7&sort=title',
  'links of all users': '/settings/links',
  "links of all users, by a link's code": '/settings/links?q=own-7',
  'unknown codes': '/settings/unknown-codes',
  'import of a file': '/links/import',
  'new clicks of a link': '/links/own-1/clicks',
  'link page, 30 days': '/links/own-1',
  'link page, a year': '/links/own-1?days=all&zone=Asia/Kathmandu',
  'analytics API, a year': '/api/urls/own-1/analytics',
} as const

/** The requests of one user that take longest. */
const worstPages = [pages['link page, a year'], '/dashboard?limit=100', '/dashboard?q=zz']

export async function measureDatabase(
  database: string,
  create: CreateDatabase,
  size: Size,
): Promise<Measurements> {
  await using small = await openFilled(await create('small'), { links: 100, clicks: 1_000 })
  await using large = await openFilled(await create('large'), size)
  const times: PageTime[] = []
  for (const [page, path] of Object.entries(pages)) {
    times.push({ page, ...(await comparePage(small, large, path)) })
  }
  return { database, pages: times, interferences: await measureInterference(database, large, size) }
}

interface FilledApp extends AsyncDisposable {
  readonly app: AppServer
  readonly database: OpenDatabase
  readonly user: SignedInUser
}

async function openFilled(url: string, size: Size): Promise<FilledApp> {
  const app = await startApp(url)
  const database = await openDatabase(url)
  const user = await signInAsOperator(app.port, database)
  await fillDatabase(database, {
    ...size,
    days,
    storedClicks: size.clicks,
    userId: user.id,
    now: Date.now(),
  })
  await finishFilling(database)
  return {
    app,
    database,
    user,
    async [Symbol.asyncDispose]() {
      await database[Symbol.asyncDispose]()
      await app[Symbol.asyncDispose]()
    },
  }
}

/** Finishes what filling has left to do, which would fall into the measurement. */
async function finishFilling({ kind, query }: OpenDatabase): Promise<void> {
  await query(kind === 'sqlite' ? 'ANALYZE' : 'VACUUM ANALYZE')
  await query(kind === 'sqlite' ? 'PRAGMA wal_checkpoint(TRUNCATE)' : 'CHECKPOINT')
}

/** The servers take turns, so that the load of the machine affects both alike. */
async function comparePage(small: FilledApp, large: FilledApp, path: string) {
  const times: { small: number[]; large: number[] } = { small: [], large: [] }
  for (let round = 0; round < rounds; round += 1) {
    for (let n = 0; n < requestsPerRound; n += 1) times.small.push(await timePage(small, path))
    for (let n = 0; n < requestsPerRound; n += 1) times.large.push(await timePage(large, path))
  }
  return { small: quantileOf(times.small, 0.5), large: quantileOf(times.large, 0.5) }
}

async function timePage({ app, user }: FilledApp, path: string): Promise<number> {
  const start = performance.now()
  const { status } = await send(app.port, path, { headers: { Cookie: user.cookies } })
  if (status !== 200) throw new Error(`${path} was answered ${status}.`)
  const time = performance.now() - start
  // The app handles a user's next read only after a pause as long as the last one, and 240 pages a minute.
  await setTimeout(Math.max(time + 20, 260))
  return time
}

async function measureInterference(
  name: string,
  filled: FilledApp,
  { clicks }: Size,
): Promise<readonly Interference[]> {
  const { app, database } = filled
  const other = await addUser(app.port, database, 'other@users.test')
  const leaver = await addUser(app.port, database, 'leaver@users.test')
  const leaving = { links: 1_000, clicks: clicks / 5, storedClicks: clicks / 5, prefix: 'leaver' }
  await fillDatabase(database, { ...leaving, days, userId: leaver.id, now: Date.now() })
  await finishFilling(database)
  const measure = async (event: string, ended: Promise<unknown>): Promise<Interference> => {
    console.log(`… ${name}: ${event}`)
    const probe = { port: app.port, cookies: other.cookies }
    const [redirect, page] = await Promise.all([
      measureLatencies({ ...probe, path: app.shortPath, expectedStatus: 302 }, ended),
      measureLatencies({ ...probe, path: '/settings/sessions', expectedStatus: 200 }, ended),
    ])
    return { event, redirect, page }
  }
  return [
    await measure('none', setTimeout(10_000)),
    await measure('one user sends the worst requests on 4 connections', attack(filled, 10_000)),
    await measure('an account with a fifth of the clicks is deleted', leave(filled, leaver)),
  ]
}

async function attack({ app, user }: FilledApp, milliseconds: number): Promise<void> {
  const agent = createAgent()
  const deadline = performance.now() + milliseconds
  const work = async () => {
    for (let n = 0; performance.now() < deadline; n += 1) {
      const path = worstPages[n % worstPages.length] ?? '/'
      await send(app.port, path, { agent, headers: { Cookie: user.cookies } })
    }
  }
  await Promise.all(Array.from({ length: 4 }, work))
  agent.destroy()
}

/** Longest part of a deletion that is measured, in ms. The rest is like it. */
const maxDeletionTime = 60_000

/** Until all data of the account is deleted in the background. */
async function leave({ app, database }: FilledApp, leaver: SignedInUser): Promise<void> {
  await deleteAccount(app.port, leaver)
  const deadline = performance.now() + maxDeletionTime
  const remaining = () => database.query('SELECT id FROM deleted_users')
  while ((await remaining()).length > 0 && performance.now() < deadline) await setTimeout(1_000)
}
