import { mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { createFakeClock, type FakeClock } from 'coatcheck/testing'
import { pino } from 'pino'
import { memoryFolder } from '../../../../../tools/testing/memory-folder.ts'
import { createConsoleMailer } from '../../../src/adapters/email/mailer.ts'
import {
  migrateToNewest,
  openPersistence,
} from '../../../src/adapters/persistence/open-persistence.ts'
import { readSecretFile } from '../../../src/adapters/process/read-secret-file.ts'
import { loadConfig } from '../../../src/config/config.ts'
import { wire } from '../../../src/program/wire.ts'
import { createFastHasher } from '../fast-hasher.ts'
import { createFakeProvider, type FakeProvider } from './fake-provider.ts'
import { origin } from './page-client.ts'

type OpenApp = Awaited<ReturnType<typeof open>>

/** The app on a database of its own, which sequences restart. */
export interface SequenceApp extends AsyncDisposable {
  readonly clock: FakeClock
  readonly provider: FakeProvider
  /** Of the running process: read it again after a restart. */
  running(): OpenApp
  restart(): Promise<void>
}

export async function openSequenceApp(): Promise<SequenceApp> {
  const folder = mkdtempSync(join(memoryFolder(), 'mjrwtf-sequences-'))
  const clock = createFakeClock()
  const file = join(folder, 'mjrwtf.db')
  const provider = createFakeProvider()
  let app = await open(file, { clock, provider })
  return {
    clock,
    provider,
    running: () => app,
    async restart() {
      await app.close()
      app = await open(file, { clock, provider })
    },
    async [Symbol.asyncDispose]() {
      await app.close()
      rmSync(folder, { recursive: true })
    },
  }
}

const env = {
  BASE_URL: origin,
  SECRET_KEYS: 'k7Zq2vXw9RtYb4Nc8Lm3Hd6Jf1Gs5Ap0-_uEiOoTrWx',
  REQUIRE_SECOND_FACTOR: 'off',
}

interface Outside {
  readonly clock: FakeClock
  readonly provider: FakeProvider
}

async function open(file: string, { clock, provider: { providers } }: Outside) {
  const loaded = loadConfig({ ...env, DATABASE_URL: `sqlite:${file}` }, { readSecretFile })
  if (loaded.status === 'invalid') throw new Error(JSON.stringify(loaded.problems))
  const { config } = loaded
  await migrateToNewest(config.database)
  const persistence = await openPersistence(config.database)
  const mailer = createConsoleMailer({ baseUrl: origin, clock, print: () => {} })
  const log = pino({ level: 'silent' })
  const mail = { mailer, capturedEmails: null }
  const passwordHasher = createFastHasher()
  const program = wire({ config, persistence, log }, { clock, mail, passwordHasher, providers })
  return {
    ...program,
    persistence,
    async send(request: Request, remoteAddress: string): Promise<Response> {
      return program.app.fetch(request, { incoming: { socket: { remoteAddress } } })
    },
    async close() {
      const { clicks, securityEvents, detection, emails } = program.queues
      await program.sessionEnds.close()
      await program.batchRunner.close()
      for (const queue of [clicks, emails, detection]) await queue.close()
      await program.sessions.close()
      await securityEvents.close()
      await persistence.close()
    },
  }
}
