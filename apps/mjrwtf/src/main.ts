import { dirname, join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { createSessions, type Sessions, systemClock } from 'coatcheck'
import { createWebSessions } from 'coatcheck/http'
import { detectBot } from './adapters/clicks/bot-detector.ts'
import { detectDevice } from './adapters/devices/device-detector.ts'
import { openPlaces } from './adapters/geo/mmdb-places.ts'
import { createApp } from './adapters/http/app.ts'
import type { AppSessionData } from './adapters/http/app-dependencies.ts'
import { cspReportPath } from './adapters/http/routes/csp-reports.ts'
import { listen } from './adapters/http/server.ts'
import { createLogger, type Logger, logSessionEvents } from './adapters/logging/logger.ts'
import { type OpenMail, openMail } from './adapters/mail/open-mail.ts'
import { createArgon2Hasher } from './adapters/passwords/argon2-hasher.ts'
import { createPeppers } from './adapters/passwords/peppers.ts'
import { createRangeService } from './adapters/passwords/range-service.ts'
import { openPersistence, type Persistence } from './adapters/persistence/open-persistence.ts'
import { PersistenceError } from './adapters/persistence/persistence-error.ts'
import { stopOnSignal } from './adapters/process/stop-on-signal.ts'
import { createRecorder, type RecorderOptions } from './adapters/recording/recorder.ts'
import { recordSessionEvents } from './adapters/recording/session-events.ts'
import { nodeSecrets } from './adapters/secrets/node-secrets.ts'
import { createSeals } from './adapters/secrets/seals.ts'
import { readOrMakeSecretKeys } from './adapters/secrets/secret-keys.ts'
import { createOutdatedSessions } from './adapters/sessions/outdated-sessions.ts'
import { createSessionTrust } from './adapters/sessions/session-trust.ts'
import { createSessionWatch } from './adapters/sessions/session-watch.ts'
import { createUserSessions } from './adapters/sessions/user-sessions.ts'
import {
  type BreachedPasswords,
  noBreachedPasswords,
} from './application/ports/breached-passwords.ts'
import type { ClickSink } from './application/ports/click-repository.ts'
import type { LetterRequest, LetterRequestSink } from './application/ports/letter-requests.ts'
import type { PasswordHasher } from './application/ports/password-hasher.ts'
import { RepositoryError } from './application/ports/repository-error.ts'
import type { Seals } from './application/ports/seals.ts'
import type { SendMail } from './application/ports/send-mail.ts'
import {
  createRecordSecurityEvent,
  type RecordSecurityEvent,
} from './application/record-security-event.ts'
import type { Sighting } from './application/sighting.ts'
import { createUseCases, type UseCases } from './application/use-cases.ts'
import { createTabWatch, type TabWatch } from './application/watch-tabs.ts'
import { type Config, loadConfig } from './config.ts'
import { describeProblems } from './config-report.ts'

/** How long /ready says "unavailable" before connections are refused, in ms: time for a balancer to see it. */
const notice = 1_000
/** How long requests under way may take once we are asked to stop, in ms. */
const patience = 10_000
/** How long letters may take that have not left by then, in ms. */
const mailPatience = 5_000

async function main(): Promise<void> {
  const loaded = loadConfig(process.env, openPlaces)
  if (loaded.status === 'invalid') return giveUp(describeProblems(loaded.problems), 2)
  try {
    await start(loaded.config)
  } catch (error) {
    giveUp(isForOperator(error) ? error.message : `Cannot start: ${messageOf(error)}`, 1)
  }
}

/** Something that the operator has to put right: `message` is one line for them. */
class StartError extends Error {
  override readonly name = 'StartError'
}

function isForOperator(error: unknown): error is Error {
  return (
    error instanceof StartError ||
    error instanceof PersistenceError ||
    error instanceof RepositoryError
  )
}

function giveUp(message: string, exitCode: number): void {
  process.stderr.write(`${message}\n`)
  process.exitCode = exitCode
}

async function start(config: Config): Promise<void> {
  const log = createLogger(config.logLevel)
  const persistence = await openPersistence(config.database)
  try {
    await serve(config, persistence, log)
  } catch (error) {
    await persistence.close()
    throw error
  }
}

async function serve(config: Config, persistence: Persistence, log: Logger): Promise<void> {
  const program = wire(config, persistence, log)
  const { app, useCases, sessions } = program
  const listening = await listen(app, config)
  if (listening.status === 'failed') throw new StartError(listening.message)
  sessions.startSweeping()
  const stopPurging = purgeNowAndThen(config, useCases, log)

  const stop = async (signal: NodeJS.Signals) => {
    log.info({ signal }, 'stopping')
    program.stopping.abort()
    stopPurging()
    // They would be requests under way for as long as somebody looks at a page.
    await program.tabs.close()
    // Somebody at a keyboard waits for nobody's load balancer.
    if (signal === 'SIGTERM') await setTimeout(notice)
    const finished = await listening.server.close(patience)
    if (!finished) log.warn({}, 'requests were cut off')
    await finish(program)
    await persistence.close()
  }
  stopOnSignal({ stop, onCrash: (error) => lastWords(log, error) })
  await greet(config, useCases)
}

/** Everything that is made from the config, once. */
function wire(config: Config, persistence: Persistence, log: Logger) {
  const recorders = wireRecorders(persistence, log, () => useCases)
  const { clicks, securityEvents, sightings, letters } = recorders
  const recordSecurityEvent = createRecordSecurityEvent({
    securityEventSink: securityEvents.record,
    sightingSink: sightings.record,
    secrets: nodeSecrets,
    clock: systemClock,
  })
  const sessions = wireSessions(config, persistence, { log, recordSecurityEvent })
  const { mailer, keptLetters } = wireMail(config, log)
  const keys = secretKeys(config)
  const useCases = wireUseCases(config, persistence, {
    clicks: clicks.record,
    recordSecurityEvent,
    flushSecurityEvents: securityEvents.flush,
    sessions,
    requestLetter: letters.record,
    breachedPasswords: wireBreachedPasswords(config, log),
    sendMail: mailer.sendMail,
    passwords: wirePasswords(config, log),
    seals: createSeals(keys),
  })
  const tabs = wireTabs(persistence)
  const stopping = new AbortController()
  const app = createApp({
    useCases,
    web: wireWeb(config, sessions, { keys, log }),
    tabs,
    keptLetters,
    options: config,
    clock: systemClock,
    log,
    recordSecurityEvent,
    ping: persistence.ping,
    isDraining: () => stopping.signal.aborted,
  })
  return { app, useCases, sessions, tabs, mailer, recorders, stopping }
}

/** Writes and sends what waits. The order is by who tells whom. */
async function finish({
  recorders,
  mailer,
  sessions,
}: Pick<ReturnType<typeof wire>, 'recorders' | 'mailer' | 'sessions'>): Promise<void> {
  const { clicks, securityEvents, sightings, letters } = recorders
  await Promise.all([letters.close(), sightings.close()])
  const mailed = mailer.close(mailPatience)
  await clicks.close()
  await sessions.close()
  // Last of all: what ends tells of it.
  await securityEvents.close()
  await mailed
}

/** What is written behind the requests. Of some of it the use cases, which are made later, say how. */
function wireRecorders(
  persistence: Persistence,
  log: Logger,
  useCases: () => Pick<UseCases, 'noticeAnomalies' | 'writeLetters'>,
) {
  return {
    clicks: createRecorder({
      write: persistence.clicks.add,
      capacity: 100_000,
      ...complaints(log, 'clicks'),
    }),
    securityEvents: createRecorder({
      write: persistence.securityEvents.add,
      capacity: 10_000,
      ...complaints(log, 'security events'),
    }),
    sightings: createRecorder<Sighting>({
      write: (batch) => useCases().noticeAnomalies(batch),
      capacity: 10_000,
      ...complaints(log, 'sightings'),
    }),
    letters: createRecorder<LetterRequest>({
      write: (batch) => useCases().writeLetters(batch),
      capacity: 10_000,
      ...complaints(log, 'emails'),
    }),
  }
}

/** What is told of a recorder whose database is away: once for each try, and of what was given up. */
function complaints(
  log: Logger,
  what: string,
): Pick<RecorderOptions<never>, 'onFailure' | 'onLost'> {
  return {
    onFailure: (error, waiting) => log.error({ error: messageOf(error), waiting }, `${what} wait`),
    onLost: (count) => log.error({ count }, `${what} lost`),
  }
}

interface Services {
  readonly recordSecurityEvent: RecordSecurityEvent
  readonly flushSecurityEvents: () => Promise<void>
  readonly clicks: ClickSink
  readonly sendMail: SendMail
  readonly breachedPasswords: BreachedPasswords
  readonly passwords: PasswordHasher
  readonly requestLetter: LetterRequestSink
  readonly seals: Seals
  readonly sessions: Sessions<AppSessionData>
}

function wireUseCases(
  config: Config,
  persistence: Persistence,
  { clicks, sessions, ...services }: Services,
): UseCases {
  const { clicks: clickRepository, ...repositories } = persistence
  const ownOrigins = [config.baseUrl, config.shortBaseUrl]
  return createUseCases({
    ...repositories,
    clickRepository,
    clicks,
    isBot: detectBot,
    sessions: createUserSessions(sessions),
    outdatedSessions: createOutdatedSessions(sessions),
    sessionTrust: createSessionTrust(sessions),
    detectDevice,
    findPlace: config.findPlace ?? (() => null),
    ...services,
    secrets: nodeSecrets,
    clock: systemClock,
    rules: { passwordMinLength: config.passwordMinLength },
    mode: config.signUp,
    ownOrigins,
  })
}

function wirePasswords({ passwordPeppers }: Config, log: Logger): PasswordHasher {
  const peppers = createPeppers(passwordPeppers)
  if (peppers.newest !== null) log.info({ peppers: peppers.ids }, 'passwords are peppered')
  return createArgon2Hasher({
    peppers,
    onMissingPepper: (pepper) => log.error({ pepper }, 'a password needs a pepper that is missing'),
  })
}

function wireBreachedPasswords({ breachedPasswords: url }: Config, log: Logger): BreachedPasswords {
  if (url === 'off') return noBreachedPasswords
  const onFailure = (reason: string) => log.warn({ reason }, 'breached passwords were not asked')
  return createRangeService(url, { onFailure })
}

interface SessionListeners {
  readonly log: Logger
  readonly recordSecurityEvent: RecordSecurityEvent
}

function wireSessions(
  config: Config,
  persistence: Persistence,
  { log, recordSecurityEvent }: SessionListeners,
) {
  const { session } = config
  return createSessions<AppSessionData>({
    store: persistence.sessionStore,
    data: { initial: {} },
    timeouts: {
      absolute: session.maxAge,
      idle: session.idleTimeout,
      rememberedAbsolute: session.rememberMaxAge,
      rememberedIdle: session.rememberIdleTimeout,
    },
    maxSessionsPerUser: session.maxPerUser,
    ipAddressCheck: session.ipCheck,
    sweepInterval: session.cleanupInterval,
    ...(session.cache === 'on' && { cache: { channel: persistence.revocationChannel } }),
    events: [logSessionEvents(log), recordSessionEvents(recordSecurityEvent)],
  })
}

function wireMail({ mail, smtp, baseUrl }: Config, log: Logger): OpenMail {
  const print = (text: string) => void process.stdout.write(text)
  return openMail({ mail, smtp, baseUrl, clock: systemClock, secrets: nodeSecrets, log, print })
}

function wireTabs({ sessionStore, revocationChannel }: Persistence): TabWatch {
  const ports = { store: sessionStore, channel: revocationChannel, clock: systemClock }
  return createTabWatch({ watch: createSessionWatch(ports), clock: systemClock })
}

interface WebWiring {
  readonly keys: readonly string[]
  readonly log: Logger
}

function wireWeb(config: Config, sessions: Sessions<AppSessionData>, { keys, log }: WebWiring) {
  return createWebSessions(sessions, {
    baseUrl: config.baseUrl,
    keys,
    cookieName: config.session.cookieName,
    sameSite: config.session.sameSite,
    trustedProxies: config.trustedProxies,
    cspReportPath,
    events: [logSessionEvents(log)],
  })
}

/** Those of the environment, or the file beside the SQLite database. */
function secretKeys({ secretKeys, database }: Config): readonly string[] {
  if (secretKeys !== null) return secretKeys
  if (database.kind !== 'sqlite') throw new StartError('SECRET_KEYS must be set.')
  const made = readOrMakeSecretKeys(join(dirname(database.file), 'secret-keys'))
  if (made.status === 'failed') throw new StartError(made.message)
  return made.keys
}

/** What means nothing any more would pile up for ever. */
function purgeNowAndThen({ session }: Config, useCases: UseCases, log: Logger): () => void {
  const timer = setInterval(() => {
    useCases.purge().catch((error) => log.warn({ error: messageOf(error) }, 'purge failed'))
  }, session.cleanupInterval)
  return () => clearInterval(timer)
}

/** Prints the address and, until somebody has an account, the link with which to make the first. */
async function greet({ baseUrl }: Config, useCases: UseCases): Promise<void> {
  process.stdout.write(`mjr.wtf answers at ${baseUrl}\n`)
  const code = await useCases.issueSetUpCode()
  if (code === null) return
  const link = `${baseUrl}/setup?code=${encodeURIComponent(code)}`
  process.stdout.write(`Make the first account, once and within 24 hours: ${link}\n`)
}

function lastWords(log: Logger, error: unknown): void {
  const stack = error instanceof Error ? error.stack : undefined
  log.fatal({ error: messageOf(error), stack }, 'stopping after an error')
}

function messageOf(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : 'unknown'
}

await main()
