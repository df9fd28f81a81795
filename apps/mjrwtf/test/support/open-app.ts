import { createServer } from 'node:net'
import type { FakeClock } from 'coatcheck/testing'
import { expect } from 'vitest'
import { nodeSecrets } from '../../src/adapters/crypto/node-secrets.ts'
import { listen } from '../../src/adapters/http/server.ts'
import type { Persistence } from '../../src/adapters/persistence/open-persistence.ts'
import type { SendMail } from '../../src/application/ports/send-mail.ts'
import type { SessionEndNotifier } from '../../src/application/sessions/session-end-notifier.ts'
import type { UseCases } from '../../src/application/use-cases.ts'
import type { User } from '../../src/domain/user.ts'
import type { SentEmail } from './captured-emails.ts'
import type { Faults } from './fault-injection.ts'
import type { LeakDetector } from './leak-detector.ts'
import { type RawHeaders, sendTo, type TestRequest, type TestResponse } from './send.ts'
import type { Storage } from './storage.ts'
import { type AppOptions, wireApp } from './wire-app.ts'

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
  readonly faults: Faults
  readonly leakDetector: LeakDetector
  readonly sessionEnds: SessionEndNotifier
  /** What the app answers, as method and path; middleware and the 405s left out. */
  readonly routes: readonly string[]
  /** Every letter that was handed over to be sent, oldest first. */
  emails(): readonly SentEmail[]
  /** Writes the letters with links that were asked for, and answers all letters. */
  sendRequestedEmails(): Promise<readonly SentEmail[]>
  /** Hands a letter over, as a use case does. */
  readonly sendMail: SendMail
  /** Log lines, parsed. */
  log(): readonly Readonly<Record<string, unknown>>[]
  /** Sends a request; Host, and https behind the proxy, are filled in unless given. A value `-` leaves a header out. */
  send(path: string, request?: TestRequest): Promise<TestResponse>
  /** Makes an account without the pages. The first is the operator's. */
  account(email?: string): Promise<Account>
  flushClicks(): Promise<void>
  flushSecurityEvents(): Promise<void>
  /** Judges what was seen of sessions and sign-ins, and writes what is told of it. */
  runDetection(): Promise<void>
  /** Writes the events that wait. Later ones are given up. */
  closeSecurityEvents(): Promise<void>
  /** What the passing of a second does: a clock that leaps would leave activity unwritten for hours. */
  flushActivity(): Promise<void>
  /** Ends sessions that have expired, and removes those whose retention is over. */
  sweepSessions(): Promise<void>
  /** The storage's, once the activity that waits is written: it would change rows at a moment of its own. */
  fingerprint(): Promise<string>
  /** Writes the activity that waits. Nothing else works afterwards. */
  closeSessions(): Promise<void>
  /** Takes the database away from under the app, for good. */
  failDatabase(): Promise<void>
}

type WiredApp = Awaited<ReturnType<typeof wireApp>>

/** An https app behind a proxy on this machine, which every test request seems to come through. */
export const proxied = { BASE_URL: 'https://mjr.test', TRUSTED_PROXIES: '127.0.0.1' } as const

export async function openApp(storage: Storage, options: AppOptions = {}): Promise<TestApp> {
  const wired = await wireApp(storage, options)
  const { config, leakDetector, sessions, clicks, emailRequests, persistence } = wired
  const { securityEvents, detectionInputs } = wired
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
    flushClicks: clicks.flush,
    async sendRequestedEmails() {
      await emailRequests.flush()
      return wired.emails()
    },
    flushSecurityEvents: securityEvents.flush,
    async runDetection() {
      await detectionInputs.flush()
      await securityEvents.flush()
    },
    closeSecurityEvents: securityEvents.close,
    flushActivity: sessions.flushActivity,
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
      await closeDatabase()
    },
    async [Symbol.asyncDispose]() {
      wired.faults.restore()
      await wired.sessionEnds.close()
      await server.close(5_000)
      await clicks.close()
      await emailRequests.close()
      await detectionInputs.close()
      await sessions.close()
      await securityEvents.close()
      await closeDatabase()
      expect(leakDetector.findings(), 'what no answer and no log line may have').toEqual([])
    },
  }
}

function routesOf({ routes }: WiredApp['app']): readonly string[] {
  const handlers = routes.filter(({ method }) => method !== 'ALL')
  return [...new Set(handlers.map(({ method, path }) => `${method} ${path}`))]
}

/** What every request calls itself, unless a test says otherwise. */
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

/** Whether a proxy that is believed, the nearest one, says that its client came over https. */
function isForwardedHttps(trustedProxies: readonly string[], headers: RawHeaders): boolean {
  const forwardedProto =
    headers.find(([name]) => name.toLowerCase() === 'x-forwarded-proto')?.[1] ?? ''
  return trustedProxies.length > 0 && /(^|,)\s*https\s*$/i.test(forwardedProto)
}

let accountCount = 0

async function addAccount(wired: WiredApp, email?: string): Promise<Account> {
  const { persistence, passwords, leakDetector, clock } = wired
  accountCount += 1
  const password = `violet tram ${nodeSecrets.id()} harbour`
  leakDetector.addSecret(password, 'password')
  const hashed = await passwords.hash(password)
  if (hashed.status === 'busy') throw new Error('The hasher is busy.')
  const user = {
    id: nodeSecrets.id(),
    email: email ?? `person-${accountCount}@people.test`,
    createdAt: clock.now(),
    passwordVersion: 0,
    passwordChangedBySession: null,
  }
  const operator = { ...user, isOperator: true }
  const passwordHash = hashed.hash
  if (await persistence.users.addOperator({ user: operator, passwordHash })) {
    return { ...operator, password }
  }
  await persistence.users.add({ user: { ...user, isOperator: false }, passwordHash })
  return { ...user, isOperator: false, password }
}

/** `listen` takes the port from the config, so a free one is looked for first. */
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
