import { createSessions, type SessionStore, type Sessions } from 'coatcheck'
import { createWebSessions } from 'coatcheck/http'
import { createFakeClock, type FakeClock } from 'coatcheck/testing'
import { type Logger, pino } from 'pino'
import { detectBot } from '../../src/adapters/clicks/bot-detector.ts'
import { detectDevice } from '../../src/adapters/devices/device-detector.ts'
import { openPlaces } from '../../src/adapters/geo/mmdb-places.ts'
import { createApp } from '../../src/adapters/http/app.ts'
import type { AppSessionData } from '../../src/adapters/http/app-dependencies.ts'
import { cspReportPath } from '../../src/adapters/http/routes/csp-reports.ts'
import { logSessionEvents } from '../../src/adapters/logging/logger.ts'
import { createArgon2Hasher } from '../../src/adapters/passwords/argon2-hasher.ts'
import { createPeppers } from '../../src/adapters/passwords/peppers.ts'
import { createRangeService } from '../../src/adapters/passwords/range-service.ts'
import {
  openPersistence,
  type Persistence,
} from '../../src/adapters/persistence/open-persistence.ts'
import { createRecorder, type Recorder } from '../../src/adapters/recording/recorder.ts'
import { recordSessionEvents } from '../../src/adapters/recording/session-events.ts'
import { nodeSecrets } from '../../src/adapters/secrets/node-secrets.ts'
import { createSeals } from '../../src/adapters/secrets/seals.ts'
import { createOutdatedSessions } from '../../src/adapters/sessions/outdated-sessions.ts'
import { createSessionTrust } from '../../src/adapters/sessions/session-trust.ts'
import { createSessionWatch } from '../../src/adapters/sessions/session-watch.ts'
import { createUserSessions } from '../../src/adapters/sessions/user-sessions.ts'
import { noBreachedPasswords } from '../../src/application/ports/breached-passwords.ts'
import type { ClickSink } from '../../src/application/ports/click-repository.ts'
import type {
  LetterRequest,
  LetterRequestSink,
} from '../../src/application/ports/letter-requests.ts'
import type { PasswordHasher } from '../../src/application/ports/password-hasher.ts'
import type { SendMail } from '../../src/application/ports/send-mail.ts'
import {
  createRecordSecurityEvent,
  type RecordSecurityEvent,
} from '../../src/application/record-security-event.ts'
import type { Sighting } from '../../src/application/sighting.ts'
import { createUseCases } from '../../src/application/use-cases.ts'
import {
  createTabWatch,
  type TabWatch,
  type WatchTabsOptions,
} from '../../src/application/watch-tabs.ts'
import { type Config, loadConfig } from '../../src/config.ts'
import { createCheapPasswords } from './cheap-passwords.ts'
import { createLetterbox } from './letterbox.ts'
import type { Storage } from './storage.ts'
import { createWatch, type Watch } from './watched.ts'
import { createWitness } from './witness.ts'

export interface AppOptions {
  /** Environment beside DATABASE_URL and SECRET_KEYS. Default: as little as there can be. */
  readonly env?: Readonly<Record<string, string>>
  readonly clock?: FakeClock
  /** Default: cheap ones, but where PASSWORD_PEPPERS asks for real ones. */
  readonly passwords?: PasswordHasher
  readonly isDraining?: () => boolean
  /** Default: as in `main.ts`. */
  readonly tabs?: Pick<WatchTabsOptions, 'heartbeat' | 'most' | 'mostPerSession'>
  /** Stands between the app and its store, closer to the app than the watch. */
  readonly withStore?: (store: SessionStore) => SessionStore
}

const secretKeys = 'k7Zq2vXw9RtYb4Nc8Lm3Hd6Jf1Gs5Ap0-_uEiOoTrWx'
export const defaultBaseUrl = 'http://localhost:8080'

/** What `main.ts` makes, made in the same way, from a clock and a log of the test's own. */
export async function wireApp(storage: Storage, options: AppOptions) {
  const config = readConfig(storage, options.env ?? {})
  const witness = createWitness({ https: config.baseUrl.startsWith('https:') })
  const log = pino({ base: null, level: 'trace' }, { write: (line) => witness.log(line) })
  const watch = createWatch()
  const persistence = watchAll(await openPersistence(config.database), watch)
  const world: World = {
    config,
    persistence,
    log,
    clock: options.clock ?? createFakeClock(),
    passwords: options.passwords ?? wirePasswords(config, log),
  }
  const letterbox = createLetterbox(world, witness)
  const clicks = wireRecorder(world, persistence.clicks.add)
  const securityEvents = wireRecorder(world, persistence.securityEvents.add)
  const sightings = wireRecorder<Sighting>(world, (batch) => useCases.noticeAnomalies(batch))
  const letterRequests = wireRecorder<LetterRequest>(world, (batch) => useCases.writeLetters(batch))
  const recordSecurityEvent = createRecordSecurityEvent({
    securityEventSink: securityEvents.record,
    sightingSink: sightings.record,
    secrets: nodeSecrets,
    clock: world.clock,
  })
  const store = options.withStore?.(persistence.sessionStore) ?? persistence.sessionStore
  const sessions = wireSessions(world, store, recordSecurityEvent)
  const useCases = wireUseCases(world, {
    clicks: clicks.record,
    recordSecurityEvent,
    flushSecurityEvents: securityEvents.flush,
    sessions,
    sendMail: letterbox.sendMail,
    requestLetter: letterRequests.record,
  })
  const tabs = wireTabs(world, options)
  const app = createApp({
    useCases,
    web: wireWeb(world, sessions),
    tabs,
    keptLetters: config.mail === 'log' ? letterbox.kept : null,
    options: config,
    clock: world.clock,
    log,
    recordSecurityEvent,
    ping: persistence.ping,
    isDraining: options.isDraining ?? (() => false),
  })
  const { letters, sendMail } = letterbox
  return {
    ...world,
    witness,
    watch,
    letters,
    letterRequests,
    sendMail,
    clicks,
    securityEvents,
    sightings,
    useCases,
    sessions,
    tabs,
    app,
  }
}

/** What everything is made from. */
interface World {
  readonly config: Config
  readonly persistence: Persistence
  readonly log: Logger
  readonly clock: FakeClock
  readonly passwords: PasswordHasher
}

function readConfig(storage: Storage, env: Readonly<Record<string, string>>): Config {
  const given = { BASE_URL: defaultBaseUrl, SECRET_KEYS: secretKeys, ...env }
  const loaded = loadConfig({ ...given, DATABASE_URL: storage.url }, openPlaces)
  if (loaded.status === 'ok') return loaded.config
  throw new Error(JSON.stringify(loaded.problems))
}

function watchAll(persistence: Persistence, watch: Watch): Persistence {
  return {
    ...persistence,
    accountArchive: watch.over('accountArchive', persistence.accountArchive),
    people: watch.over('people', persistence.people),
    accounts: watch.over('accounts', persistence.accounts),
    users: watch.over('users', persistence.users),
    setUpCodes: watch.over('setUpCodes', persistence.setUpCodes),
    invites: watch.over('invites', persistence.invites),
    links: watch.over('links', persistence.links),
    clicks: watch.over('clicks', persistence.clicks),
    attempts: watch.over('attempts', persistence.attempts),
    rateLimiter: watch.over('rateLimiter', persistence.rateLimiter),
    drafts: watch.over('drafts', persistence.drafts),
    securityEvents: watch.over('securityEvents', persistence.securityEvents),
    notices: watch.over('notices', persistence.notices),
    mailedTokens: watch.over('mailedTokens', persistence.mailedTokens),
    addresses: watch.over('addresses', persistence.addresses),
    sessionStore: watch.over('store', persistence.sessionStore),
    ping: watch.over('database', { ping: persistence.ping }).ping,
  }
}

function wireRecorder<Entry>(
  { log }: World,
  write: (batch: readonly Entry[]) => Promise<void>,
): Recorder<Entry> {
  return createRecorder({
    write,
    capacity: 10_000,
    onFailure: (_, waiting) => log.error({ waiting }, 'entries wait'),
    onLost: (count) => log.error({ count }, 'entries lost'),
    // Only when a test says so.
    flushInterval: 2 ** 30,
  })
}

interface Services {
  readonly clicks: ClickSink
  readonly recordSecurityEvent: RecordSecurityEvent
  readonly flushSecurityEvents: () => Promise<void>
  readonly sendMail: SendMail
  readonly requestLetter: LetterRequestSink
  readonly sessions: Sessions<AppSessionData>
}

function wireUseCases(
  { config, persistence, log, clock, passwords }: World,
  { sessions, ...services }: Services,
) {
  return createUseCases({
    ...persistence,
    clickRepository: persistence.clicks,
    ...services,
    isBot: detectBot,
    sessions: createUserSessions(sessions),
    outdatedSessions: createOutdatedSessions(sessions),
    sessionTrust: createSessionTrust(sessions),
    detectDevice,
    findPlace: config.findPlace ?? (() => null),
    passwords,
    breachedPasswords: wireBreachedPasswords(config, log),
    seals: createSeals(keysOf(config)),
    secrets: nodeSecrets,
    clock,
    rules: { passwordMinLength: config.passwordMinLength },
    mode: config.signUp,
    ownOrigins: [config.baseUrl, config.shortBaseUrl],
  })
}

function wirePasswords({ passwordPeppers }: Config, log: Logger): PasswordHasher {
  if (passwordPeppers.length === 0) return createCheapPasswords()
  return createArgon2Hasher({
    peppers: createPeppers(passwordPeppers),
    onMissingPepper: (pepper) => log.error({ pepper }, 'a password needs a pepper that is missing'),
  })
}

function wireBreachedPasswords({ breachedPasswords: url }: Config, log: Logger) {
  if (url === 'off') return noBreachedPasswords
  const onFailure = (reason: string) => log.warn({ reason }, 'breached passwords were not asked')
  return createRangeService(url, { onFailure })
}

function wireSessions(
  { config: { session }, persistence, clock, log }: World,
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

function wireTabs({ persistence, clock }: World, { tabs }: AppOptions): TabWatch {
  const { sessionStore: store, revocationChannel: channel } = persistence
  return createTabWatch({ watch: createSessionWatch({ store, channel, clock }), clock, ...tabs })
}

function wireWeb({ config, clock, log }: World, sessions: Sessions<AppSessionData>) {
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
