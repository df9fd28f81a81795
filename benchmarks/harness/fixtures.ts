import { copyFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Case } from '../cases/case.ts'
import type { Load } from './load.ts'
import { probe } from './probe.ts'
import type { RunContext } from './run-context.ts'
import { type RunningServer, startServer } from './server.ts'
import { type Credential, signInUsers } from './sign-in.ts'

/** Options that the cases of a run share. */
export interface FixtureOptions {
  readonly cases: readonly Case[]
  /** All cases, to find the one that creates another's sessions. */
  readonly known: readonly Case[]
  readonly sessions: number
  readonly load: Load
  /** Node flags of a server. */
  readonly flagsFor: (name: string) => readonly string[]
}

/** The sessions of a case, and where they are stored. */
interface Fixture {
  readonly credentials: readonly Credential[]
  /** Name of a database, name of a file, or empty. */
  readonly storage: string
}

/**
 * Starts every server with its sessions in a separate database, and probes that each verifies its
 * cookies. Another process creates the sessions and exits, so that a server's memory shows
 * verification only.
 */
export async function prepareFixtures(
  context: RunContext,
  options: FixtureOptions,
): Promise<readonly RunningServer[]> {
  const fixtures = new Map<string, Fixture>()
  const servers: RunningServer[] = []
  for (const each of options.cases) {
    const fixture =
      fixtures.get(each.sessionsOf) ?? (await createFixture(context, options, each.sessionsOf))
    fixtures.set(each.sessionsOf, fixture)
    const database = await copyDatabase(context, each, fixture.storage)
    const server = await startServer(each, database, options.flagsFor(each.name))
    await probe(server, fixture.credentials)
    await options.load.prepare(each.name, fixture.credentials)
    servers.push(server)
  }
  return servers
}

async function createFixture(
  context: RunContext,
  options: FixtureOptions,
  name: string,
): Promise<Fixture> {
  const sourceCase = options.known.find((each) => each.name === name)
  if (sourceCase === undefined) throw new Error(`Unknown case ${name}`)
  if (sourceCase.group === 'bare') return { credentials: [unknownCredential], storage: '' }
  context.log(`sessions of ${name}`)
  const storage = sourceCase.backend === 'none' ? '' : `sessions-of-${name}`
  const server = await startServer(sourceCase, await createDatabase(context, sourceCase, storage))
  try {
    return { credentials: await signInUsers(server.port, options.sessions), storage }
  } finally {
    await server.stop()
  }
}

/** For servers that read no cookie: as long as Coatcheck's, so that requests have the same size. */
const unknownCredential = {
  cookie: `session-dev=${'A'.repeat(22)}.${'A'.repeat(43)}`,
  userId: 'user-00000',
}

async function createDatabase(
  context: RunContext,
  { backend }: Case,
  name: string,
): Promise<string> {
  if (backend === 'postgres') return context.postgres.create(name)
  return backend === 'sqlite' ? join(context.folder, name) : ''
}

async function copyDatabase(
  context: RunContext,
  { backend, name }: Case,
  from: string,
): Promise<string> {
  if (backend === 'postgres') return context.postgres.copy(name, from)
  if (backend === 'none') return ''
  const copy = join(context.folder, name)
  copyFileSync(join(context.folder, from), copy)
  return copy
}
