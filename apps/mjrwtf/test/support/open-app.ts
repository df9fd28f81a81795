import { createServer } from 'node:net'
import type { Grants } from 'coatcheck/grants'
import type { FakeClock } from 'coatcheck/testing'
import { expect } from 'vitest'
import { nodeSecrets } from '../../src/adapters/crypto/secrets.ts'
import { listen } from '../../src/adapters/http/server.ts'
import type { AppMetrics } from '../../src/adapters/metrics/app-metrics.ts'
import type { Persistence } from '../../src/adapters/persistence/persistence.ts'
import type { SendMail } from '../../src/application/ports/email.ts'
import type { SessionEndNotifier } from '../../src/application/sessions/session-end-notifier.ts'
import type { User } from '../../src/domain/user.ts'
import type { Features } from '../../src/program/features.ts'
import type { SentEmail } from './captured-emails.ts'
import type { Faults } from './fault-injection.ts'
import type { LeakDetector } from './leak-detector.ts'
import { type RawHeaders, sendTo, type TestRequest, type TestResponse } from './send.ts'
import type { Storage } from './storage.ts'
import { testChain } from './test-chain.ts'
import { type AppOptions, wireApp } from './wire-app.ts'

/** A user and their password. */
export interface Account extends User {
  readonly password: string
}

/** The app behind a real listener, wired as `main.ts` does it. */
export interface TestApp extends AsyncDisposable {
  readonly baseUrl: string
  /** Host of the base URL. The app itself listens on another port. */
  readonly host: string
  readonly port: number
  readonly clock: FakeClock
  readonly storage: Storage
  readonly persistence: Persistence
  readonly features: Features
  readonly faults: Faults
  readonly leakDetector: LeakDetector
  readonly sessionEnds: SessionEndNotifier
  readonly grants: Grants
  readonly metrics: AppMetrics
  /** Makes `/ready` answer 503, as after a stop signal. */
  startDraining(): void
  /** Routes as method and path, without middleware and the handlers that answer 405. */
  readonly routes: readonly string[]
  /** Every email passed to `sendMail`, oldest first. */
  emails(): readonly SentEmail[]
  /** Composes the requested action emails, then returns all emails. */
  sendRequestedEmails(): Promise<readonly SentEmail[]>
  /** Sends an email as a use case does. */
  readonly sendMail: SendMail
  /** Log lines, parsed. */
  log(): readonly Readonly<Record<string, unknown>>[]
  /**
   * Sends a request. Host, User-Agent and (behind the proxy) X-Forwarded-Proto are added unless
   * given; the value `-` omits a header.
   */
  send(path: string, request?: TestRequest): Promise<TestResponse>
  /** Adds an account directly to the database. The first one is the operator's. */
  account(email?: string): Promise<Account>
  flushClicks(): Promise<void>
  flushSecurityEvents(): Promise<void>
  /** Writes the queued uses of personal access tokens. */
  flushTokenUses(): Promise<void>
  /** Runs anomaly detection on the queued inputs and writes the resulting events. */
  runDetection(): Promise<void>
  /** Writes the queued events. Later ones are dropped. */
  closeSecurityEvents(): Promise<void>
  /**
   * Writes pending activity. The fake clock does not trigger the timer that does so in production.
   */
  flushActivity(): Promise<void>
  /** Starts to remove the data of deleted accounts in the background. */
  removeAccountData(): void
  /** Waits until the data of deleted accounts is removed. */
  finishAccountDeletions(): Promise<void>
  /** Ends expired sessions and deletes those past their retention. */
  sweepSessions(): Promise<void>
  /**
   * The fingerprint of the storage after pending activity is written, which would otherwise change
   * rows at an arbitrary moment.
   */
  fingerprint(): Promise<string>
  /** Writes pending activity and closes the sessions. The app cannot be used afterwards. */
  closeSessions(): Promise<void>
  /** Closes the app's database connection permanently. */
  failDatabase(): Promise<void>
}

type WiredApp = Awaited<ReturnType<typeof wireApp>>

/** An https app behind a proxy on this machine; every test request comes through it. */
export const proxied = { BASE_URL: 'https://mjr.test', TRUSTED_PROXIES: '127.0.0.1' } as const

export async function openApp(storage: Storage, options: AppOptions = {}): Promise<TestApp> {
  const wired = await wireApp(storage, options)
  const { config, leakDetector, sessions, persistence } = wired
  const {
    clicks,
    visits,
    unknownCodes,
    securityEvents,
    detection,
    emails,
    sharedTokenUses,
    tokenUses,
  } = wired.queues
  const { port, server } = await listenOnFreePort(wired.app)
  let isOpen = true

  async function closeDatabase(): Promise<void> {
    if (isOpen) await persistence.close()
    isOpen = false
  }

  return {
    ...wired,
    baseUrl: config.baseUrl,
    host: new URL(config.baseUrl).host,
    port,
    storage,
    routes: routesOf(wired.app),
    log: () => leakDetector.lines.map((line) => JSON.parse(line)),
    send: createSend(wired, port),
    account: (email) => addAccount(wired, email),
    async flushClicks() {
      await clicks.flush()
      await visits.flush()
      await unknownCodes.flush()
    },
    async sendRequestedEmails() {
      await emails.flush()
      return wired.emails()
    },
    flushSecurityEvents: securityEvents.flush,
    flushTokenUses: tokenUses.flush,
    async runDetection() {
      await detection.flush()
      await securityEvents.flush()
    },
    closeSecurityEvents: securityEvents.close,
    flushActivity: sessions.flushActivity,
    async finishAccountDeletions() {
      const deletedUsers = () => storage.query('SELECT id FROM deleted_users')
      while ((await deletedUsers()).length > 0)
        await persistence.accounts.removeDataBatch(testChain())
    },
    async sweepSessions() {
      await sessions.sweep()
    },
    async fingerprint() {
      await sessions.flushActivity()
      return storage.fingerprint()
    },
    closeSessions: sessions.close,
    async failDatabase() {
      await sessions.close()
      await wired.batchRunner.close()
      await closeDatabase()
    },
    async [Symbol.asyncDispose]() {
      wired.faults.restore()
      await wired.sessionEnds.close()
      await server.close(5_000)
      await wired.features.transfer.runner.close()
      await wired.batchRunner.close()
      await clicks.close()
      await visits.close()
      await unknownCodes.close()
      await emails.close()
      await detection.close()
      await tokenUses.close()
      await sharedTokenUses.close()
      await sessions.close()
      await wired.grants.close()
      await securityEvents.close()
      await closeDatabase()
      expect(leakDetector.findings(), 'leaks in responses and log lines').toEqual([])
    },
  }
}

function routesOf({ routes }: WiredApp['app']): readonly string[] {
  const handlers = routes.filter(({ method }) => method !== 'ALL')
  return [...new Set(handlers.map(({ method, path }) => `${method} ${path}`))]
}

/** User-Agent of every request, unless a test sets another. */
export const firefox = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0'

function createSend({ config, leakDetector }: WiredApp, port: number): TestApp['send'] {
  const { host, protocol } = new URL(config.baseUrl)
  const defaultHeaders: RawHeaders = [
    ['Host', host],
    ['User-Agent', firefox],
    ...(protocol === 'https:' ? ([['X-Forwarded-Proto', 'https']] as const) : []),
  ]
  return async (path, request = {}) => {
    const headerNames = new Set(request.headers?.map(([name]) => name.toLowerCase()))
    const missing = defaultHeaders.filter(([name]) => !headerNames.has(name.toLowerCase()))
    const headers = [...missing, ...(request.headers ?? [])].filter(([, value]) => value !== '-')
    const answer = await sendTo(port, path, { ...request, headers })
    const overHttps = protocol === 'https:' && isForwardedHttps(config.trustedProxies, headers)
    leakDetector.inspect(`${request.method ?? 'GET'} ${path}`, answer, overHttps)
    return answer
  }
}

/** Whether the nearest trusted proxy reports that its client used https. */
function isForwardedHttps(trustedProxies: readonly string[], headers: RawHeaders): boolean {
  const forwardedProto =
    headers.find(([name]) => name.toLowerCase() === 'x-forwarded-proto')?.[1] ?? ''
  return trustedProxies.length > 0 && /(^|,)\s*https\s*$/i.test(forwardedProto)
}

let accountCount = 0

async function addAccount(wired: WiredApp, email?: string): Promise<Account> {
  const { persistence, passwordHasher, leakDetector, clock } = wired
  accountCount += 1
  const password = `violet tram ${nodeSecrets.id()} harbour`
  leakDetector.addSecret(password, 'password')
  const hashed = await passwordHasher.hash(password, null)
  if (hashed.status === 'busy') throw new Error('The hasher is busy.')
  const user = {
    id: nodeSecrets.id(),
    email: email ?? `person-${accountCount}@users.test`,
    createdAt: clock.now(),
    hasPassword: true,
    passwordVersion: 0,
    passwordChangedBySession: null,
    passwordChangedAt: null,
    passwordResets: 0,
    secondFactors: 0,
  }
  const operator = { ...user, isOperator: true }
  const passwordHash = hashed.hash
  if (await persistence.users.addOperator({ user: operator, passwordHash })) {
    return { ...operator, password }
  }
  await persistence.users.add({ user: { ...user, isOperator: false }, passwordHash })
  return { ...user, isOperator: false, password }
}

/** `listen` takes the port from the config, so a free port is found first. */
async function listenOnFreePort(app: Parameters<typeof listen>[0]) {
  for (let attempt = 1; ; attempt += 1) {
    const port = await freePort()
    const listening = await listen(app, { host: '127.0.0.1', port })
    if (listening.status === 'listening') return { port, server: listening.server }
    if (attempt === 5) throw new Error(listening.message)
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
