import { copyFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Case } from '../cases/case.ts'
import type { Load } from './load.ts'
import { probe } from './probe.ts'
import type { RunContext } from './run-context.ts'
import { type RunningServer, startServer } from './server.ts'
import { type Credential, signInUsers } from './sign-in.ts'

/** What the cases of a run share. */
export interface FixtureOptions {
  readonly cases: readonly Case[]
  /** All that there are, for a case whose sessions another one makes. */
  readonly known: readonly Case[]
  readonly sessions: number
  readonly load: Load
  /** Flags for the Node of a server. */
  readonly flagsFor: (name: string) => readonly string[]
}

/** Sessions that were made for cases, and where they are kept. */
interface Fixture {
  readonly credentials: readonly Credential[]
  /** Name of a database, name of a file, or empty. */
  readonly storage: string
}

/**
 * Starts every server with its sessions in a database of its own, and makes sure that each checks
 * what it should. Sessions are made by another process, which is gone by then: what a server's memory
 * shows is verification alone.
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
  if (sourceCase === undefined) throw new Error(`There is no case called ${name}`)
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

/** For servers that read no cookie: as long as Coatcheck's own, so that there is as much to receive. */
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
