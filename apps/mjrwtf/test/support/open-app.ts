import { createServer } from 'node:net'
import { createSessions, type SessionStore } from 'coatcheck'
import { createWebSessions, type WebSessions } from 'coatcheck/http'
import { createFakeClock, type FakeClock } from 'coatcheck/testing'
import { pino } from 'pino'
import { expect } from 'vitest'
import { detectBot } from '../../src/adapters/clicks/bot-detector.ts'
import { createClickRecorder } from '../../src/adapters/clicks/click-recorder.ts'
import { createApp } from '../../src/adapters/http/app.ts'
import type { AppSessionData } from '../../src/adapters/http/app-dependencies.ts'
import { cspReportPath } from '../../src/adapters/http/routes/csp-reports.ts'
import { listen } from '../../src/adapters/http/server.ts'
import { logSessionEvents } from '../../src/adapters/logging/logger.ts'
import {
  openPersistence,
  type Persistence,
} from '../../src/adapters/persistence/open-persistence.ts'
import { nodeSecrets } from '../../src/adapters/secrets/node-secrets.ts'
import type { PasswordHasher } from '../../src/application/ports/password-hasher.ts'
import { createUseCases, type UseCases } from '../../src/application/use-cases.ts'
import { type Config, loadConfig } from '../../src/config.ts'
import type { User } from '../../src/domain/user.ts'
import { createCheapPasswords } from './cheap-passwords.ts'
import { type Answer, type RawHeaders, type Sending, sendTo } from './send.ts'
import type { Storage } from './storage.ts'
import { createWatch, type Watch } from './watched.ts'
import { createWitness, type Witness } from './witness.ts'

export interface AppOptions {
  /** Environment beside DATABASE_URL and SECRET_KEYS. Default: as little as there can be. */
  readonly env?: Readonly<Record<string, string>>
  readonly clock?: FakeClock
  /** Default: cheap ones. */
  readonly passwords?: PasswordHasher
  readonly isDraining?: () => boolean
  /** Stands between the app and its store, closer to the app than the watch. */
  readonly withStore?: (store: SessionStore) => SessionStore
}

/** Somebody with an account. */
export interface Account extends User {
  readonly password: string
}

/** The app behind a real listener, wired as `main.ts` does it. */
export interface TestApp extends AsyncDisposable {
  readonly baseUrl: string
  /** Host of the base URL; the app listens elsewhere. */
  readonly host: string
  readonly port: number
  readonly clock: FakeClock
  readonly storage: Storage
  readonly persistence: Persistence
  readonly useCases: UseCases
  readonly watch: Watch
  readonly witness: Witness
  /** Log lines, parsed. */
  log(): readonly Readonly<Record<string, unknown>>[]
  /** Sends a request; Host, and https behind the proxy, are filled in unless given. */
  send(path: string, sending?: Sending): Promise<Answer>
  /** Makes an account without the pages. The first is the operator's. */
  account(email?: string): Promise<Account>
  flushClicks(): Promise<void>
  /** What the passing of a second does: a clock that leaps would leave activity unwritten for hours. */
  flushActivity(): Promise<void>
  /** Writes the activity that waits. Nothing else works afterwards. */
  closeSessions(): Promise<void>
  /** Takes the database away from under the app, for good. */
  loseDatabase(): Promise<void>
}

const secretKeys = 'k7Zq2vXw9RtYb4Nc8Lm3Hd6Jf1Gs5Ap0-_uEiOoTrWx'
export const defaultBaseUrl = 'http://localhost:8080'
export const proxied = { BASE_URL: 'https://mjr.test', TRUSTED_PROXIES: '127.0.0.1' } as const

let accounts = 0

export async function openApp(storage: Storage, options: AppOptions = {}): Promise<TestApp> {
  const clock = options.clock ?? createFakeClock()
  const config = readConfig(storage, options.env ?? {})
  const https = config.baseUrl.startsWith('https:')
  const witness = createWitness({ https })
  const log = pino({ base: null, level: 'trace' }, { write: (line) => witness.log(line) })
  const watch = createWatch()
  const persistence = watchAll(await openPersistence(config.database), watch)
  const clicks = createClickRecorder({
    clicks: persistence.clicks,
    onFailure: (_, waiting) => log.error({ waiting }, 'clicks wait'),
    onLost: (count) => log.error({ count }, 'clicks lost'),
    // Only when a test says so.
    flushInterval: 2 ** 30,
  })
  const passwords = options.passwords ?? createCheapPasswords()
  const useCases = createUseCases({
    ...persistence,
    clickRepository: persistence.clicks,
    clicks: clicks.record,
    isBot: detectBot,
    passwords,
    secrets: nodeSecrets,
    clock,
    rules: { passwordMinLength: config.passwordMinLength, serviceNames: ['mjr.wtf', 'mjrwtf'] },
    mode: config.signUp,
    ownOrigins: [config.baseUrl, config.shortBaseUrl],
  })
  const store = options.withStore?.(persistence.sessionStore) ?? persistence.sessionStore
  const sessions = wireSessions(config, { store, clock, events: [logSessionEvents(log)] })
  const web: WebSessions<AppSessionData> = createWebSessions(sessions, {
    baseUrl: config.baseUrl,
    keys: config.secretKeys ?? [secretKeys],
    cookieName: config.session.cookieName,
    sameSite: config.session.sameSite,
    trustedProxies: config.trustedProxies,
    cspReportPath,
    events: logSessionEvents(log),
    clock,
  })
  const app = createApp({
    useCases,
    web,
    options: config,
    clock,
    log,
    ping: persistence.ping,
    isDraining: options.isDraining ?? (() => false),
  })
  const { port, server } = await listenSomewhere(app)
  const { host } = new URL(config.baseUrl)
  let isOpen = true

  async function closeDatabase(): Promise<void> {
    if (isOpen) await persistence.close()
    isOpen = false
  }

  const always: RawHeaders = [
    ['Host', host],
    ['User-Agent', 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0'],
    ...(https ? ([['X-Forwarded-Proto', 'https']] as const) : []),
  ]

  return {
    baseUrl: config.baseUrl,
    host,
    port,
    clock,
    storage,
    persistence,
    useCases,
    watch,
    witness,
    log: () => witness.lines.map((line) => JSON.parse(line)),
    async send(path, sending = {}) {
      const named = new Set(sending.headers?.map(([name]) => name.toLowerCase()))
      const missing = always.filter(([name]) => !named.has(name.toLowerCase()))
      const headers = [...missing, ...(sending.headers ?? [])].filter(([, value]) => value !== '-')
      const answer = await sendTo(port, path, { ...sending, headers })
      witness.see(`${sending.method ?? 'GET'} ${path}`, answer)
      return answer
    },
    async account(email) {
      accounts += 1
      const made = await makeAccount(email ?? `person-${accounts}@people.test`, passwords)
      const { password, passwordHash, ...user } = { ...made, createdAt: clock.now() }
      witness.learn(password, 'password')
      if (await persistence.users.addFirst({ user: { ...user, isOperator: true }, passwordHash })) {
        return { ...user, isOperator: true, password }
      }
      await persistence.users.add({ user, passwordHash })
      return { ...user, password }
    },
    flushClicks: clicks.flush,
    flushActivity: sessions.flushActivity,
    closeSessions: sessions.close,
    async loseDatabase() {
      await sessions.close()
      await closeDatabase()
    },
    async [Symbol.asyncDispose]() {
      watch.heal()
      await server.close(5_000)
      await clicks.close()
      await sessions.close()
      await closeDatabase()
      expect(witness.complaints(), 'what no answer and no log line may have').toEqual([])
    },
  }
}

function readConfig(storage: Storage, env: Readonly<Record<string, string>>): Config {
  const given = { BASE_URL: defaultBaseUrl, SECRET_KEYS: secretKeys, ...env }
  const loaded = loadConfig({ ...given, DATABASE_URL: storage.url })
  if (loaded.status === 'ok') return loaded.config
  throw new Error(JSON.stringify(loaded.problems))
}

function watchAll(persistence: Persistence, watch: Watch): Persistence {
  return {
    ...persistence,
    users: watch.over('users', persistence.users),
    setUpCodes: watch.over('setUpCodes', persistence.setUpCodes),
    invites: watch.over('invites', persistence.invites),
    links: watch.over('links', persistence.links),
    clicks: watch.over('clicks', persistence.clicks),
    attempts: watch.over('attempts', persistence.attempts),
    sessionStore: watch.over('store', persistence.sessionStore),
    ping: watch.over('database', { ping: persistence.ping }).ping,
  }
}

type SessionParts = Pick<
  Parameters<typeof createSessions<AppSessionData>>[0],
  'store' | 'clock' | 'events'
>

function wireSessions({ session }: Config, parts: SessionParts) {
  return createSessions<AppSessionData>({
    ...parts,
    data: { initial: {} },
    timeouts: {
      absolute: session.maxAge,
      idle: session.idleTimeout,
      rememberedAbsolute: session.rememberMaxAge,
      rememberedIdle: session.rememberIdleTimeout,
    },
    maxSessionsPerUser: session.maxPerUser,
    ipAddressCheck: session.ipCheck,
  })
}

async function makeAccount(email: string, passwords: PasswordHasher) {
  const password = `violet tram ${nodeSecrets.id()} harbour`
  const hashed = await passwords.hash(password)
  if (hashed.status === 'busy') throw new Error('The hasher is busy.')
  const id = nodeSecrets.id()
  return { id, email, password, passwordHash: hashed.hash, isOperator: false }
}

/** `listen` takes the port from the config, so a free one is looked for first. */
async function listenSomewhere(app: Parameters<typeof listen>[0]) {
  for (let tries = 1; ; tries += 1) {
    const port = await freePort()
    const listening = await listen(app, { host: '127.0.0.1', port })
    if (listening.status === 'listening') return { port, server: listening.server }
    if (tries === 5) throw new Error(listening.message)
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer()
    probe.on('error', reject)
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address()
      const port = typeof address === 'object' && address !== null ? address.port : 0
      probe.close(() => resolve(port))
    })
  })
}
