import { copyFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Case } from '../cases/case.ts'
import type { Load } from './load.ts'
import { probe } from './probe.ts'
import { type RunningServer, startServer } from './server.ts'
import { type Credential, signInUsers } from './sign-in.ts'
import type { Site } from './site.ts'

/** What the cases of a run share. */
export interface StageOptions {
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
  readonly kept: string
}

/**
 * Starts every server with its sessions in a database of its own, and makes sure that each checks
 * what it should. Sessions are made by another process, which is gone by then: what a server's memory
 * shows is verification alone.
 */
export async function setStage(
  site: Site,
  options: StageOptions,
): Promise<readonly RunningServer[]> {
  const fixtures = new Map<string, Fixture>()
  const servers: RunningServer[] = []
  for (const each of options.cases) {
    const fixture =
      fixtures.get(each.sessionsOf) ?? (await makeFixture(site, options, each.sessionsOf))
    fixtures.set(each.sessionsOf, fixture)
    const database = await copyDatabase(site, each, fixture.kept)
    const server = await startServer(each, database, options.flagsFor(each.name))
    await probe(server, fixture.credentials)
    await options.load.prepare(each.name, fixture.credentials)
    servers.push(server)
  }
  return servers
}

async function makeFixture(site: Site, options: StageOptions, name: string): Promise<Fixture> {
  const maker = options.known.find((each) => each.name === name)
  if (maker === undefined) throw new Error(`There is no case called ${name}`)
  if (maker.group === 'bare') return { credentials: [strangersCredential], kept: '' }
  site.say(`sessions of ${name}`)
  const kept = maker.backend === 'none' ? '' : `sessions-of-${name}`
  const server = await startServer(maker, await createDatabase(site, maker, kept))
  try {
    return { credentials: await signInUsers(server.port, options.sessions), kept }
  } finally {
    await server.stop()
  }
}

/** For servers that read no cookie: as long as Coatcheck's own, so that there is as much to receive. */
const strangersCredential = {
  cookie: `session-dev=${'A'.repeat(22)}.${'A'.repeat(43)}`,
  userId: 'user-00000',
}

async function createDatabase(site: Site, { backend }: Case, kept: string): Promise<string> {
  if (backend === 'postgres') return site.postgres.create(kept)
  return backend === 'sqlite' ? join(site.folder, kept) : ''
}

async function copyDatabase(site: Site, { backend, name }: Case, from: string): Promise<string> {
  if (backend === 'postgres') return site.postgres.copy(name, from)
  if (backend === 'none') return ''
  const copy = join(site.folder, name)
  copyFileSync(join(site.folder, from), copy)
  return copy
}
