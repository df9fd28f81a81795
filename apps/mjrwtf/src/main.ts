import { dirname, join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { createSessions, type Sessions, systemClock } from 'coatcheck'
import { createWebSessions } from 'coatcheck/http'
import { detectBot } from './adapters/clicks/bot-detector.ts'
import { nodeSecrets } from './adapters/crypto/node-secrets.ts'
import { readOrCreateSecretKeys } from './adapters/crypto/secret-keys.ts'
import { createSigner } from './adapters/crypto/signer.ts'
import { detectDevice } from './adapters/devices/device-detector.ts'
import { createMailer, type MailSetup } from './adapters/email/create-mailer.ts'
import { openGeoDatabase } from './adapters/geo/mmdb-locator.ts'
import { createApp } from './adapters/http/app.ts'
import type { AppSessionData } from './adapters/http/http-context.ts'
import { cspReportPath } from './adapters/http/public-pages/csp-reports.ts'
import { listen } from './adapters/http/server.ts'
import { createLogger, type Logger, logSessionEvents } from './adapters/logging/logger.ts'
import { createArgon2Hasher } from './adapters/passwords/argon2-hasher.ts'
import { createPeppers } from './adapters/passwords/peppers.ts'
import { createRangeService } from './adapters/passwords/range-service.ts'
import { openPersistence, type Persistence } from './adapters/persistence/open-persistence.ts'
import { PersistenceError } from './adapters/persistence/persistence-error.ts'
import { stopOnSignal } from './adapters/process/stop-on-signal.ts'
import { type BatchQueueOptions, createBatchQueue } from './adapters/queue/batch-queue.ts'
import { recordSessionEvents } from './adapters/queue/session-events.ts'
import { createSessionMonitor } from './adapters/sessions/session-monitor.ts'
import { createStaleSessions } from './adapters/sessions/stale-sessions.ts'
import { createStepUp } from './adapters/sessions/step-up.ts'
import { createUserSessions } from './adapters/sessions/user-sessions.ts'
import {
  type BreachedPasswords,
  noBreachedPasswords,
} from './application/ports/breached-passwords.ts'
import type { ClickSink } from './application/ports/click-repository.ts'
import type { EmailRequest, EmailRequestSink } from './application/ports/email-requests.ts'
import type { PasswordHasher } from './application/ports/password-hasher.ts'
import { RepositoryError } from './application/ports/repository-error.ts'
import type { SendMail } from './application/ports/send-mail.ts'
import type { Signer } from './application/ports/signer.ts'
import type { DetectionInput } from './application/security-log/detection-input.ts'
import type { RecordSecurityEvent } from './application/security-log/record-security-event.ts'
import { createSecurityLog, type SecurityLog } from './application/security-log/security-log.ts'
import {
  createSessionEndNotifier,
  type SessionEndNotifier,
} from './application/sessions/session-end-notifier.ts'
import {
  createDescribeLocation,
  type DescribeLocation,
} from './application/shared/describe-location.ts'
import { createLimits, type Limits } from './application/shared/rate-limits.ts'
import { type Config, loadConfig } from './config/config.ts'
import { formatProblems } from './config/format-problems.ts'
import { createFeatures, type Features } from './program/features.ts'

/** How long /ready says "unavailable" before connections are refused, in ms: time for a balancer to see it. */
const drainDelay = 1_000
/** How long requests under way may take once we are asked to stop, in ms. */
const requestTimeout = 10_000
/** How long letters may take that have not left by then, in ms. */
const emailTimeout = 5_000

async function main(): Promise<void> {
  const result = loadConfig(process.env, openGeoDatabase)
  if (result.status === 'invalid') return exitWith(formatProblems(result.problems), 2)
  try {
    await start(result.config)
  } catch (error) {
    exitWith(isForOperator(error) ? error.message : `Cannot start: ${messageOf(error)}`, 1)
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

function exitWith(message: string, exitCode: number): void {
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
  const { app, features, sessions } = program
  const listener = await listen(app, config)
  if (listener.status === 'failed') throw new StartError(listener.message)
  sessions.startSweeping()
  const stopPurgeTimer = startPurgeTimer(config, features, log)

  const stop = async (signal: NodeJS.Signals) => {
    log.info({ signal }, 'stopping')
    program.stopping.abort()
    stopPurgeTimer()
    // They would be requests under way for as long as somebody looks at a page.
    await program.tabs.close()
    // Somebody at a keyboard waits for nobody's load balancer.
    if (signal === 'SIGTERM') await setTimeout(drainDelay)
    const completed = await listener.server.close(requestTimeout)
    if (!completed) log.warn({}, 'requests were cut off')
    await drain(program)
    await persistence.close()
  }
  stopOnSignal({ stop, onCrash: (error) => logCrash(log, error) })
  await printStartMessage(config, features)
}

/** Everything that is made from the config, once. */
function wire(config: Config, persistence: Persistence, log: Logger) {
  const queues = createQueues(persistence, log, () => features)
  const { clicks, securityEvents, detection, emails } = queues
  const describeLocation = createDescribeLocation({ locateIp: config.locateIp ?? (() => null) })
  const limits = createLimits({ ...persistence, secrets: nodeSecrets })
  const securityLog = createSecurityLog({
    securityEvents: persistence.securityEvents,
    addSecurityEvent: securityEvents.add,
    addDetectionInput: detection.add,
    flushSecurityEvents: securityEvents.flush,
    detectDevice,
    describeLocation,
    limits,
    secrets: nodeSecrets,
    clock: systemClock,
  })
  const sessions = wireSessions(config, persistence, {
    log,
    recordSecurityEvent: securityLog.record,
  })
  const { mailer, capturedEmails } = wireMail(config, log)
  const keys = secretKeys(config)
  const features = wireFeatures(config, persistence, {
    addClick: clicks.add,
    ...{ securityLog, limits, describeLocation },
    flushSecurityEvents: securityEvents.flush,
    sessions,
    requestEmail: emails.add,
    breachedPasswords: wireBreachedPasswords(config, log),
    sendMail: mailer.sendMail,
    passwordHasher: wirePasswords(config, log),
    signer: createSigner(keys),
  })
  const sessionEnds = wireTabs(persistence)
  const stopping = new AbortController()
  const app = createApp({
    ...features,
    web: wireWeb(config, sessions, { keys, log }),
    sessionEnds,
    capturedEmails,
    options: config,
    clock: systemClock,
    log,
    ping: persistence.ping,
    isDraining: () => stopping.signal.aborted,
  })
  return { app, features, sessions, tabs: sessionEnds, mailer, queues, stopping }
}

/** Writes and sends what waits. The order is by who tells whom. */
async function drain({
  queues,
  mailer,
  sessions,
}: Pick<ReturnType<typeof wire>, 'queues' | 'mailer' | 'sessions'>): Promise<void> {
  const { clicks, securityEvents, detection, emails } = queues
  await Promise.all([emails.close(), detection.close()])
  const emailsSent = mailer.close(emailTimeout)
  await clicks.close()
  await sessions.close()
  // Last of all: what ends tells of it.
  await securityEvents.close()
  await emailsSent
}

/** What is written behind the requests. Of some of it the use cases, which are made later, say how. */
function createQueues(
  persistence: Persistence,
  log: Logger,
  features: () => Pick<Features, 'detectAnomalies' | 'email'>,
) {
  return {
    clicks: createBatchQueue({
      write: persistence.clicks.add,
      capacity: 100_000,
      ...queueLogging(log, 'clicks'),
    }),
    securityEvents: createBatchQueue({
      write: persistence.securityEvents.add,
      capacity: 10_000,
      ...queueLogging(log, 'security events'),
    }),
    detection: createBatchQueue<DetectionInput>({
      write: (batch) => features().detectAnomalies(batch),
      capacity: 10_000,
      ...queueLogging(log, 'detection inputs'),
    }),
    emails: createBatchQueue<EmailRequest>({
      write: (batch) => features().email.sendRequested(batch),
      capacity: 10_000,
      ...queueLogging(log, 'emails'),
    }),
  }
}

/** What is told of a recorder whose database is away: once for each try, and of what was given up. */
function queueLogging(
  log: Logger,
  subject: string,
): Pick<BatchQueueOptions<never>, 'onFailure' | 'onDropped'> {
  return {
    onFailure: (error, pending) =>
      log.error({ error: messageOf(error), pending }, `writing ${subject} failed; retrying`),
    onDropped: (count) => log.error({ count }, `${subject} dropped`),
  }
}

interface Services {
  readonly securityLog: SecurityLog
  readonly limits: Limits
  readonly describeLocation: DescribeLocation
  readonly flushSecurityEvents: () => Promise<void>
  readonly addClick: ClickSink
  readonly sendMail: SendMail
  readonly breachedPasswords: BreachedPasswords
  readonly passwordHasher: PasswordHasher
  readonly requestEmail: EmailRequestSink
  readonly signer: Signer
  readonly sessions: Sessions<AppSessionData>
}

function wireFeatures(
  config: Config,
  persistence: Persistence,
  { sessions, ...services }: Services,
): Features {
  const ownOrigins = [config.baseUrl, config.shortBaseUrl]
  return createFeatures({
    ...persistence,
    isBot: detectBot,
    sessions: createUserSessions(sessions),
    staleSessions: createStaleSessions(sessions),
    stepUp: createStepUp(sessions),
    detectDevice,
    locateIp: config.locateIp ?? (() => null),
    ...services,
    secrets: nodeSecrets,
    clock: systemClock,
    passwordRules: { passwordMinLength: config.passwordMinLength },
    signUpMode: config.signUp,
    ownOrigins,
  })
}

function wirePasswords({ passwordPeppers }: Config, log: Logger): PasswordHasher {
  const peppers = createPeppers(passwordPeppers)
  if (peppers.newest !== null) log.info({ peppers: peppers.ids }, 'password peppers loaded')
  return createArgon2Hasher({
    peppers,
    onMissingPepper: (pepper) => log.error({ pepper }, 'pepper missing for a password hash'),
  })
}

function wireBreachedPasswords({ breachedPasswords: url }: Config, log: Logger): BreachedPasswords {
  if (url === 'off') return noBreachedPasswords
  const onFailure = (reason: string) => log.warn({ reason }, 'breach check unavailable')
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

function wireMail({ mail, smtp, baseUrl }: Config, log: Logger): MailSetup {
  const print = (text: string) => void process.stdout.write(text)
  return createMailer({ mail, smtp, baseUrl, clock: systemClock, secrets: nodeSecrets, log, print })
}

function wireTabs({ sessionStore, revocationChannel }: Persistence): SessionEndNotifier {
  const ports = { store: sessionStore, channel: revocationChannel, clock: systemClock }
  return createSessionEndNotifier({ monitor: createSessionMonitor(ports), clock: systemClock })
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
  const result = readOrCreateSecretKeys(join(dirname(database.file), 'secret-keys'))
  if (result.status === 'failed') throw new StartError(result.message)
  return result.keys
}

/** What means nothing any more would pile up for ever. */
function startPurgeTimer({ session }: Config, features: Features, log: Logger): () => void {
  const timer = setInterval(() => {
    features.purge().catch((error) => log.warn({ error: messageOf(error) }, 'purge failed'))
  }, session.cleanupInterval)
  return () => clearInterval(timer)
}

/** Prints the address and, until somebody has an account, the link with which to make the first. */
async function printStartMessage({ baseUrl }: Config, features: Features): Promise<void> {
  process.stdout.write(`mjr.wtf answers at ${baseUrl}\n`)
  const code = await features.accounts.issueSetUpCode()
  if (code === null) return
  const link = `${baseUrl}/setup?code=${encodeURIComponent(code)}`
  process.stdout.write(`Make the first account, once and within 24 hours: ${link}\n`)
}

function logCrash(log: Logger, error: unknown): void {
  const stack = error instanceof Error ? error.stack : undefined
  log.fatal({ error: messageOf(error), stack }, 'stopping after an error')
}

function messageOf(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : 'unknown'
}

await main()
