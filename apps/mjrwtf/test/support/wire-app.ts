import { createSessions, type SessionStore, type Sessions } from 'coatcheck'
import { createWebSessions } from 'coatcheck/http'
import { createFakeClock, type FakeClock } from 'coatcheck/testing'
import { type Logger, pino } from 'pino'
import { detectBot } from '../../src/adapters/clicks/bot-detector.ts'
import { nodeSecrets } from '../../src/adapters/crypto/node-secrets.ts'
import { createSigner } from '../../src/adapters/crypto/signer.ts'
import { detectDevice } from '../../src/adapters/devices/device-detector.ts'
import { openGeoDatabase } from '../../src/adapters/geo/mmdb-locator.ts'
import { createApp } from '../../src/adapters/http/app.ts'
import type { AppSessionData } from '../../src/adapters/http/http-context.ts'
import { cspReportPath } from '../../src/adapters/http/public-pages/csp-reports.ts'
import { logSessionEvents } from '../../src/adapters/logging/logger.ts'
import { createArgon2Hasher } from '../../src/adapters/passwords/argon2-hasher.ts'
import { createPeppers } from '../../src/adapters/passwords/peppers.ts'
import { createRangeService } from '../../src/adapters/passwords/range-service.ts'
import {
  openPersistence,
  type Persistence,
} from '../../src/adapters/persistence/open-persistence.ts'
import { type BatchQueue, createBatchQueue } from '../../src/adapters/queue/batch-queue.ts'
import { recordSessionEvents } from '../../src/adapters/queue/session-events.ts'
import { createSessionMonitor } from '../../src/adapters/sessions/session-monitor.ts'
import { createStaleSessions } from '../../src/adapters/sessions/stale-sessions.ts'
import { createStepUp } from '../../src/adapters/sessions/step-up.ts'
import { createUserSessions } from '../../src/adapters/sessions/user-sessions.ts'
import { noBreachedPasswords } from '../../src/application/ports/breached-passwords.ts'
import type { ClickSink } from '../../src/application/ports/click-repository.ts'
import type { EmailRequest, EmailRequestSink } from '../../src/application/ports/email-requests.ts'
import type { PasswordHasher } from '../../src/application/ports/password-hasher.ts'
import type { SendMail } from '../../src/application/ports/send-mail.ts'
import type { DetectionInput } from '../../src/application/security-log/detection-input.ts'
import type { RecordSecurityEvent } from '../../src/application/security-log/record-security-event.ts'
import {
  createSecurityLog,
  type SecurityLog,
} from '../../src/application/security-log/security-log.ts'
import {
  createSessionEndNotifier,
  type SessionEndNotifier,
  type SessionEndNotifierOptions,
} from '../../src/application/sessions/session-end-notifier.ts'
import {
  createDescribeLocation,
  type DescribeLocation,
} from '../../src/application/shared/describe-location.ts'
import { createLimits, type Limits } from '../../src/application/shared/rate-limits.ts'
import { type Config, loadConfig } from '../../src/config/config.ts'
import { createFeatures } from '../../src/program/features.ts'
import { createEmailCapture } from './captured-emails.ts'
import { createFastHasher } from './fast-hasher.ts'
import { createFaults, type Faults } from './fault-injection.ts'
import { createLeakDetector } from './leak-detector.ts'
import type { Storage } from './storage.ts'

export interface AppOptions {
  /** Environment in addition to DATABASE_URL and SECRET_KEYS. Default: only BASE_URL. */
  readonly env?: Readonly<Record<string, string>>
  readonly clock?: FakeClock
  /** Default: the fast hasher, or Argon2 if PASSWORD_PEPPERS is set. */
  readonly passwords?: PasswordHasher
  readonly isDraining?: () => boolean
  /** Default: as in `main.ts`. */
  readonly sessionEnds?: Pick<
    SessionEndNotifierOptions,
    'heartbeatInterval' | 'max' | 'maxPerSession'
  >
  /** Wraps the session store outside fault injection, that is, closer to the app. */
  readonly withStore?: (store: SessionStore) => SessionStore
}

const secretKeys = 'k7Zq2vXw9RtYb4Nc8Lm3Hd6Jf1Gs5Ap0-_uEiOoTrWx'
export const defaultBaseUrl = 'http://localhost:8080'

/** Wires the app as `main.ts` does, with the test's clock and log. */
export async function wireApp(storage: Storage, options: AppOptions) {
  const config = readConfig(storage, options.env ?? {})
  const leakDetector = createLeakDetector({ https: config.baseUrl.startsWith('https:') })
  const log = pino({ base: null, level: 'trace' }, { write: (line) => leakDetector.log(line) })
  const faults = createFaults()
  const persistence = withFaults(await openPersistence(config.database), faults)
  const context: WiredContext = {
    config,
    persistence,
    log,
    clock: options.clock ?? createFakeClock(),
    passwords: options.passwords ?? wirePasswords(config, log),
  }
  const emailCapture = createEmailCapture(context, leakDetector)
  const clicks = wireQueue(context, persistence.clicks.add)
  const securityEvents = wireQueue(context, persistence.securityEvents.add)
  const detectionInputs = wireQueue<DetectionInput>(context, (batch) =>
    features.detectAnomalies(batch),
  )
  const emailRequests = wireQueue<EmailRequest>(context, (batch) =>
    features.email.sendRequested(batch),
  )
  const describeLocation = createDescribeLocation({ locateIp: config.locateIp ?? (() => null) })
  const limits = createLimits({ ...persistence, secrets: nodeSecrets })
  const securityLog = createSecurityLog({
    securityEvents: persistence.securityEvents,
    addSecurityEvent: securityEvents.add,
    addDetectionInput: detectionInputs.add,
    flushSecurityEvents: securityEvents.flush,
    detectDevice,
    describeLocation,
    limits,
    secrets: nodeSecrets,
    clock: context.clock,
  })
  const store = options.withStore?.(persistence.sessionStore) ?? persistence.sessionStore
  const sessions = wireSessions(context, store, securityLog.record)
  const features = wireFeatures(context, {
    addClick: clicks.add,
    ...{ securityLog, limits, describeLocation },
    flushSecurityEvents: securityEvents.flush,
    sessions,
    sendMail: emailCapture.sendMail,
    requestEmail: emailRequests.add,
  })
  const sessionEnds = wireSessionEnds(context, options)
  const app = createApp({
    ...features,
    web: wireWeb(context, sessions),
    sessionEnds,
    capturedEmails: config.mail === 'log' ? emailCapture.captured : null,
    options: config,
    clock: context.clock,
    log,
    ping: persistence.ping,
    isDraining: options.isDraining ?? (() => false),
  })
  const { emails, sendMail } = emailCapture
  return {
    ...context,
    leakDetector,
    faults,
    emails,
    emailRequests,
    sendMail,
    clicks,
    securityEvents,
    detectionInputs,
    features,
    sessions,
    sessionEnds,
    app,
  }
}

/** What every part of the app is wired from. */
interface WiredContext {
  readonly config: Config
  readonly persistence: Persistence
  readonly log: Logger
  readonly clock: FakeClock
  readonly passwords: PasswordHasher
}

function readConfig(storage: Storage, env: Readonly<Record<string, string>>): Config {
  const baseEnv = { BASE_URL: defaultBaseUrl, SECRET_KEYS: secretKeys, ...env }
  const loaded = loadConfig({ ...baseEnv, DATABASE_URL: storage.url }, openGeoDatabase)
  if (loaded.status === 'ok') return loaded.config
  throw new Error(JSON.stringify(loaded.problems))
}

function withFaults(persistence: Persistence, faults: Faults): Persistence {
  return {
    ...persistence,
    accountArchive: faults.wrap('accountArchive', persistence.accountArchive),
    userDirectory: faults.wrap('userDirectory', persistence.userDirectory),
    accounts: faults.wrap('accounts', persistence.accounts),
    users: faults.wrap('users', persistence.users),
    setUpCodes: faults.wrap('setUpCodes', persistence.setUpCodes),
    invites: faults.wrap('invites', persistence.invites),
    links: faults.wrap('links', persistence.links),
    clicks: faults.wrap('clicks', persistence.clicks),
    attempts: faults.wrap('attempts', persistence.attempts),
    rateLimiter: faults.wrap('rateLimiter', persistence.rateLimiter),
    drafts: faults.wrap('drafts', persistence.drafts),
    securityEvents: faults.wrap('securityEvents', persistence.securityEvents),
    notifications: faults.wrap('notifications', persistence.notifications),
    emailTokens: faults.wrap('emailTokens', persistence.emailTokens),
    emailChanges: faults.wrap('emailChanges', persistence.emailChanges),
    sessionStore: faults.wrap('store', persistence.sessionStore),
    ping: faults.wrap('database', { ping: persistence.ping }).ping,
  }
}

function wireQueue<Entry>(
  { log }: WiredContext,
  write: (batch: readonly Entry[]) => Promise<void>,
): BatchQueue<Entry> {
  return createBatchQueue({
    write,
    capacity: 10_000,
    onFailure: (_, pendingCount) =>
      log.error({ waiting: pendingCount }, 'writing entries failed; retrying'),
    onDropped: (count) => log.error({ count }, 'entries dropped'),
    // Queues are flushed only when a test calls `flush`.
    flushInterval: 2 ** 30,
  })
}

interface Services {
  readonly addClick: ClickSink
  readonly securityLog: SecurityLog
  readonly limits: Limits
  readonly describeLocation: DescribeLocation
  readonly flushSecurityEvents: () => Promise<void>
  readonly sendMail: SendMail
  readonly requestEmail: EmailRequestSink
  readonly sessions: Sessions<AppSessionData>
}

function wireFeatures(
  { config, persistence, log, clock, passwords }: WiredContext,
  { sessions, ...services }: Services,
) {
  return createFeatures({
    ...persistence,
    ...services,
    isBot: detectBot,
    sessions: createUserSessions(sessions),
    staleSessions: createStaleSessions(sessions),
    stepUp: createStepUp(sessions),
    detectDevice,
    locateIp: config.locateIp ?? (() => null),
    passwordHasher: passwords,
    breachedPasswords: wireBreachedPasswords(config, log),
    signer: createSigner(keysOf(config)),
    secrets: nodeSecrets,
    clock,
    passwordRules: { passwordMinLength: config.passwordMinLength },
    signUpMode: config.signUp,
    ownOrigins: [config.baseUrl, config.shortBaseUrl],
  })
}

function wirePasswords({ passwordPeppers }: Config, log: Logger): PasswordHasher {
  if (passwordPeppers.length === 0) return createFastHasher()
  return createArgon2Hasher({
    peppers: createPeppers(passwordPeppers),
    onMissingPepper: (pepper) => log.error({ pepper }, 'pepper missing for a password hash'),
  })
}

function wireBreachedPasswords({ breachedPasswords: url }: Config, log: Logger) {
  if (url === 'off') return noBreachedPasswords
  const onFailure = (reason: string) => log.warn({ reason }, 'breach check unavailable')
  return createRangeService(url, { onFailure })
}

function wireSessions(
  { config: { session }, persistence, clock, log }: WiredContext,
  store: SessionStore,
  recordSecurityEvent: RecordSecurityEvent,
) {
  return createSessions<AppSessionData>({
    store,
    clock,
    events: [logSessionEvents(log), recordSessionEvents(recordSecurityEvent)],
    data: { initial: {} },
    timeouts: {
      absolute: session.maxAge,
      idle: session.idleTimeout,
      rememberedAbsolute: session.rememberMaxAge,
      rememberedIdle: session.rememberIdleTimeout,
    },
    maxSessionsPerUser: session.maxPerUser,
    ipAddressCheck: session.ipCheck,
    ...(session.cache === 'on' && { cache: { channel: persistence.revocationChannel } }),
  })
}

function wireSessionEnds(
  { persistence, clock }: WiredContext,
  { sessionEnds }: AppOptions,
): SessionEndNotifier {
  const { sessionStore: store, revocationChannel: channel } = persistence
  return createSessionEndNotifier({
    monitor: createSessionMonitor({ store, channel, clock }),
    clock,
    ...sessionEnds,
  })
}

function wireWeb({ config, clock, log }: WiredContext, sessions: Sessions<AppSessionData>) {
  return createWebSessions(sessions, {
    baseUrl: config.baseUrl,
    keys: keysOf(config),
    cookieName: config.session.cookieName,
    sameSite: config.session.sameSite,
    trustedProxies: config.trustedProxies,
    cspReportPath,
    events: [logSessionEvents(log)],
    clock,
  })
}

function keysOf(config: Config): readonly string[] {
  return config.secretKeys ?? [secretKeys]
}
