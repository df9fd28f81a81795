import {
  type Clock,
  createSessions,
  type SessionStore,
  type Sessions,
  systemClock,
} from 'coatcheck'
import { createGrants, type Grants } from 'coatcheck/grants'
import { createWebSessions } from 'coatcheck/http'
import { createBlocklistFile } from '../adapters/blocklist/blocklist-file.ts'
import { createChainSigner } from '../adapters/crypto/chain-keys.ts'
import { createCipher } from '../adapters/crypto/cipher.ts'
import { createCodeHasher, createSigner, nodeSecrets } from '../adapters/crypto/secrets.ts'
import { botName } from '../adapters/devices/bots.ts'
import { detectDevice } from '../adapters/devices/device-detector.ts'
import { createMailer, type MailSetup } from '../adapters/email/create-mailer.ts'
import { recordGrantEvents } from '../adapters/grants/record-grant-events.ts'
import { createConnectedGrants, createUserGrants } from '../adapters/grants/user-grants.ts'
import { createApp } from '../adapters/http/app.ts'
import type { AppSessionData } from '../adapters/http/http-context.ts'
import { type Logger, logSessionEvents } from '../adapters/logging/logger.ts'
import { type AppMetrics, createAppMetrics } from '../adapters/metrics/app-metrics.ts'
import { createArgon2Hasher } from '../adapters/passwords/argon2-hasher.ts'
import { createPeppers } from '../adapters/passwords/peppers.ts'
import { createRangeService } from '../adapters/passwords/range-service.ts'
import { maxClockSkew, measureClockSkew } from '../adapters/persistence/clock-skew.ts'
import { openOldDatabase } from '../adapters/persistence/old-database.ts'
import type { Persistence } from '../adapters/persistence/persistence.ts'
import { createWriteMonitor, type WriteMonitor } from '../adapters/persistence/write-monitor.ts'
import { pace, yieldToRequests } from '../adapters/process/pace.ts'
import {
  type ConfiguredProviders,
  createProviders,
} from '../adapters/providers/create-providers.ts'
import type { ProviderEndpoints } from '../adapters/providers/endpoints.ts'
import type { ProviderFailure } from '../adapters/providers/provider-adapter.ts'
import { recordSessionEvents } from '../adapters/queue/session-events.ts'
import { createSessionEnds } from '../adapters/sessions/session-ends.ts'
import {
  createFindSessionCredentials,
  createPendingSignIns,
  createStaleSessions,
  createStepUp,
  createUserSessions,
} from '../adapters/sessions/user-sessions.ts'
import { createHttpGateway, type GatewayFailure } from '../adapters/sms/http-gateway.ts'
import { createOpenUpload } from '../adapters/transfer/open-upload.ts'
import { createWebAuthn } from '../adapters/webauthn/webauthn.ts'
import { createRemoveAccountData } from '../application/accounts/remove-account-data.ts'
import type { BlocklistFile } from '../application/ports/blocked-domain-repository.ts'
import {
  type BreachedPasswords,
  noBreachedPasswords,
  type PasswordHasher,
} from '../application/ports/passwords.ts'
import type { SendTextMessage } from '../application/ports/sms.ts'
import type { RecordSecurityEvent } from '../application/security-log/record-security-event.ts'
import { createSecurityLog, type SecurityLog } from '../application/security-log/security-log.ts'
import {
  createSessionEndNotifier,
  type SessionEndNotifier,
  type SessionEndNotifierOptions,
} from '../application/sessions/session-end-notifier.ts'
import { createBatchRunner } from '../application/shared/batch-runner.ts'
import { createDescribeLocation } from '../application/shared/describe-client.ts'
import { createLimits } from '../application/shared/rate-limits.ts'
import type { Config } from '../config/config.ts'
import type { DestinationRules } from '../domain/destination.ts'
import type { Milliseconds } from '../domain/time.ts'
import { accessTokenPrefix, refreshTokenPrefix } from '../domain/token-prefixes.ts'
import { countingClicks, countingEmails, countingEvents } from './counting.ts'
import { createFeatures } from './features.ts'
import { loadSecretKeys } from './first-start.ts'
import { createQueues, type Queues, queuesByName, startWorkers } from './queues.ts'

export interface WireInput {
  readonly config: Config
  readonly persistence: Persistence
  readonly log: Logger
  /** Writes emails in development, where they are not sent. Default: to standard output. */
  readonly print?: (text: string) => void
  /** Default: new ones. */
  readonly metrics?: AppMetrics
}

/** Replacements for tests. */
export interface WireOverrides {
  readonly clock?: Clock
  readonly passwordHasher?: PasswordHasher
  readonly mail?: MailSetup
  /** Wraps the store of the sessions. */
  readonly wrapStore?: (store: SessionStore) => SessionStore
  /** Time between an entry in a queue and its write. */
  readonly flushInterval?: Milliseconds
  readonly sessionEnds?: Omit<SessionEndNotifierOptions, 'sessionEnds'>
  readonly providers?: ConfiguredProviders
  /** Where the providers are whose URLs are not configured. */
  readonly providerEndpoints?: Partial<ProviderEndpoints>
}

export type Program = ReturnType<typeof wire>

/** Creates every object of the program and starts the workers of the queues. Opens no port. */
export function wire(input: WireInput, overrides: WireOverrides = {}) {
  const context = createContext(input, overrides)
  const { config, persistence, log, clock, writes, metrics } = context
  const queues = createQueues({ log, writes, metrics }, overrides.flushInterval)
  const batchRunner = createBatchRunner({ pace })
  const keys = loadSecretKeys(config)
  const chain = wireChain(context, keys)
  const removeAccountData = createRemoveAccountData({ ...persistence, ...chain, batchRunner, log })
  const base = wireBase(context, queues)
  const securityLog = wireSecurityLog(context, base, queues)
  const sessions = wireSessions(context, securityLog.record)
  const grants = wireGrants(context, securityLog.record)
  const { mailer, capturedEmails } = overrides.mail ?? wireMail(context)
  const passwordHasher = overrides.passwordHasher ?? wirePasswordHasher(config, log)
  const features = createFeatures({
    ...persistence,
    ...base,
    securityLog,
    passwordHasher,
    botName,
    ...sessionPorts(sessions, grants),
    grants: createUserGrants(grants),
    connectedGrants: createConnectedGrants(grants),
    ...sinks(queues, metrics),
    ...chain,
    removeAccountData,
    batchRunner,
    sendMail: countingEmails(metrics, mailer.sendMail),
    isEmailEnabled: config.mail !== 'off',
    ...wireKeys(keys),
    ...wireServices(context),
    ...featureOptions(config),
    log,
  })
  startWorkers(queues, { ...features, repositories: persistence }, metrics)
  const sessionEnds = wireSessionEnds(context, sessions)
  const drainSwitch = createDrainSwitch()
  const app = createApp({
    ...features,
    web: wireWeb(context, sessions, keys),
    sessionEnds,
    capturedEmails,
    options: { ...config, domains: features.domains },
    openUpload: createOpenUpload(openOldDatabase),
    detectDevice,
    describeLocation: base.describeLocation,
    pace,
    clock,
    log,
    writes,
    observeRequest: metrics.observeRequest,
    ping: persistence.ping,
    isClockRight: wireClockCheck(context),
    isDraining: drainSwitch.isDraining,
  })
  metrics.watch({
    connections: persistence.connections,
    isReadOnly: writes.isReadOnly,
    queues: queuesByName(queues),
    pendingEmails: mailer.pending,
    eventStreams: sessionEnds.count,
  })
  return {
    app,
    features,
    sessions,
    grants,
    sessionEnds,
    mailer,
    passwordHasher,
    queues,
    batchRunner,
    removeAccountData,
    writes,
    metrics,
    startDraining: drainSwitch.startDraining,
  }
}

interface WireContext extends WireInput {
  readonly overrides: WireOverrides
  readonly clock: Clock
  readonly writes: WriteMonitor
  readonly metrics: AppMetrics
}

function createContext(input: WireInput, overrides: WireOverrides): WireContext {
  const clock = overrides.clock ?? systemClock
  const metrics = input.metrics ?? createAppMetrics()
  return { ...input, overrides, clock, metrics, writes: wireWrites(input) }
}

/** What the features and the routes share. */
function wireBase({ config, persistence, clock }: WireContext, queues: Queues) {
  const locateIp = config.locateIp ?? (() => null)
  return {
    detectDevice,
    locateIp,
    describeLocation: createDescribeLocation({ locateIp }),
    limits: createLimits({ ...persistence, secrets: nodeSecrets }),
    flushSecurityEvents: queues.securityEvents.flush,
    yieldToRequests,
    secrets: nodeSecrets,
    clock,
  }
}

/** A clock of a test has nothing to do with that of the database. */
function wireClockCheck({ overrides, persistence, clock }: WireContext) {
  return async () =>
    overrides.clock !== undefined ||
    Math.abs(await measureClockSkew(persistence, clock)) <= maxClockSkew
}

function wireSecurityLog(
  { persistence, metrics }: WireContext,
  base: ReturnType<typeof wireBase>,
  queues: Queues,
): SecurityLog {
  const securityLog = createSecurityLog({
    ...base,
    securityEvents: persistence.securityEvents,
    addSecurityEvent: queues.securityEvents.add,
    addDetectionInput: queues.detection.add,
  })
  return countingEvents(metrics, securityLog)
}

/** Whether the process is stopping, so that it should get no new work. */
function createDrainSwitch() {
  let isDraining = false
  return {
    isDraining: () => isDraining,
    startDraining() {
      isDraining = true
    },
  }
}

/** The keys of the hash chain of security events. */
function wireChain({ clock }: WireContext, keys: readonly string[]) {
  const chainKeys = createChainSigner(keys)
  return { chainKeys, chainContext: () => ({ keys: chainKeys, now: clock.now() }) }
}

function wireWrites({ persistence, log }: WireInput): WriteMonitor {
  return createWriteMonitor({
    canWrite: persistence.canWrite,
    onChange(isReadOnly) {
      if (isReadOnly)
        log.error({}, 'the database can only be read: no change is saved, links keep redirecting')
      else log.info({}, 'the database can be written again')
    },
  })
}

function wireSessions(
  { config: { session }, persistence, log, clock, overrides, writes, metrics }: WireContext,
  record: RecordSecurityEvent,
): Sessions<AppSessionData> {
  const { sessionStore, revocationChannel } = persistence
  const { countEvent, measureStore, watch } = metrics.library
  const sessions = createSessions<AppSessionData>({
    store: measureStore('sessions', overrides.wrapStore?.(sessionStore) ?? sessionStore),
    clock,
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
    ...(session.cache === 'on' && { cache: { channel: revocationChannel } }),
    events: [countEvent, logSessionEvents(log), recordSessionEvents(record), writes.report],
  })
  watch('sessions', sessions)
  return sessions
}

function sessionPorts(sessions: Sessions<AppSessionData>, grants: Grants) {
  return {
    sessions: createUserSessions(sessions, grants),
    staleSessions: createStaleSessions(sessions, grants),
    stepUp: createStepUp(sessions),
    pendingSignIns: createPendingSignIns(sessions),
    findSessionCredentials: createFindSessionCredentials(
      sessions,
      ({ passwordVersion }) => passwordVersion ?? 0,
    ),
  }
}

/** With the same channel and clock as the sessions, so that a grant that ends is invalid as fast as a session. */
function wireGrants(
  { config: { session }, persistence, log, clock, writes, metrics }: WireContext,
  record: RecordSecurityEvent,
): Grants {
  const { grantStore, revocationChannel } = persistence
  const { countEvent, measureStore, watch } = metrics.library
  const grants = createGrants(measureStore('grants', grantStore), {
    accessTokenPrefix,
    refreshTokenPrefix,
    clock,
    ...(session.cache === 'on' && { cache: { channel: revocationChannel } }),
    events: [countEvent, logSessionEvents(log), recordGrantEvents(record), writes.report],
  })
  watch('grants', grants)
  return grants
}

function wireWeb(
  { config, log, clock, metrics }: WireContext,
  sessions: Sessions<AppSessionData>,
  keys: readonly string[],
) {
  return createWebSessions(sessions, {
    baseUrl: config.baseUrl,
    ...(config.allowPlainHttp && { plainHttp: 'private-network' }),
    keys,
    cookieName: config.session.cookieName,
    sameSite: config.session.sameSite,
    trustedProxies: config.trustedProxies,
    maxFormSize,
    events: [metrics.library.countEvent, logSessionEvents(log)],
    clock,
  })
}

/** In bytes. A destination of 16,384 characters is up to twelve times as long in a form: percent-encoded UTF-8. */
const maxFormSize = 256 * 1024

function wireSessionEnds(
  { overrides }: WireContext,
  sessions: Sessions<AppSessionData>,
): SessionEndNotifier {
  const sessionEnds = createSessionEnds(sessions)
  return createSessionEndNotifier({ sessionEnds, ...overrides.sessionEnds })
}

function wireMail({ config, log, clock, metrics, ...context }: WireContext): MailSetup {
  const { mail, smtp, baseUrl, defaultTimeZone } = config
  const siteName = config.site.name
  const print = context.print ?? ((text: string) => void process.stdout.write(text))
  const onStep = metrics.countEmail
  const site = { baseUrl, siteName, defaultTimeZone }
  return createMailer({ mail, smtp, ...site, clock, secrets: nodeSecrets, log, print, onStep })
}

function wirePasswordHasher({ passwordPeppers }: Config, log: Logger): PasswordHasher {
  const peppers = createPeppers(passwordPeppers)
  if (peppers.newest !== null) log.info({ peppers: peppers.ids }, 'password peppers loaded')
  return createArgon2Hasher({
    peppers,
    onMissingPepper: (pepper) => log.error({ pepper }, 'pepper missing for a password hash'),
  })
}

/** Where features put what is written later. */
function sinks(queues: Queues, metrics: AppMetrics) {
  return {
    clickSink: countingClicks(metrics, queues.clicks),
    addVisit: queues.visits.add,
    addUnknownCode: queues.unknownCodes.add,
    requestEmail: queues.emails.add,
    addSharedTokenUse: queues.sharedTokenUses.add,
    addTokenUse: queues.tokenUses.add,
  }
}

/** The part of the config that features use. */
function featureOptions(config: Config) {
  return {
    passwordRules: { passwordMinLength: config.passwordMinLength },
    signUpMode: config.signUp,
    sharedTokenOptions: {
      authTokens: config.authTokens,
      phase: config.tokenAuth,
      sunset: config.tokenAuthSunset,
    },
    secondFactorPolicy: config.requireSecondFactor,
    ownOrigins: ownOriginsOf(config),
    destinationRules: destinationRulesOf(config),
    siteHost: new URL(config.baseUrl).hostname,
  }
}

/** Which destinations links may have. */
export function destinationRulesOf(config: DestinationConfig): DestinationRules {
  const { destinationMaxLength: maxLength, destinationSchemes: schemes } = config
  return { ownOrigins: ownOriginsOf(config), maxLength, schemes }
}

export type DestinationConfig = Pick<
  Config,
  'baseUrl' | 'shortBaseUrl' | 'destinationMaxLength' | 'destinationSchemes'
>

function ownOriginsOf(config: Pick<Config, 'baseUrl' | 'shortBaseUrl'>): readonly string[] {
  return [config.baseUrl, config.shortBaseUrl]
}

/** What other servers do for this one, and passkeys. */
function wireServices(context: WireContext) {
  const { config, log } = context
  return {
    breachedPasswords: wireBreachedPasswords(config, log),
    sendTextMessage: wireSmsGateway(config, log),
    blocklistFile: wireBlocklistFile(config, log),
    providers: context.overrides.providers ?? wireProviders(context),
    webAuthn: createWebAuthn({ baseUrl: config.baseUrl, siteName: config.site.name }),
  }
}

/** What signs, hashes and encrypts with keys derived from the secret keys. */
function wireKeys(keys: readonly string[]) {
  return {
    signer: createSigner(keys),
    codeHasher: createCodeHasher(keys),
    cipher: createCipher(keys, 'authenticator'),
  }
}

function wireBreachedPasswords({ breachedPasswords: url }: Config, log: Logger): BreachedPasswords {
  if (url === 'off') return noBreachedPasswords
  const onFailure = (reason: string) => log.warn({ reason }, 'breach check unavailable')
  return createRangeService(url, { onFailure })
}

function wireSmsGateway({ smsGateway }: Config, log: Logger): SendTextMessage | null {
  if (smsGateway === null) return null
  const onFailure = (failure: GatewayFailure) => log.warn(failure, 'text message not accepted')
  return createHttpGateway({ ...smsGateway, onFailure })
}

function wireBlocklistFile({ blocklistFile }: Config, log: Logger): BlocklistFile | null {
  if (blocklistFile === null) return null
  return createBlocklistFile(blocklistFile, {
    onRead: (report) => log.info(report, 'blocklist file read'),
    onFailure: (problem) => log.error({ problem }, 'blocklist file not read: BLOCKLIST_FILE'),
  })
}

function wireProviders({ config, overrides, clock, log }: WireContext): ConfiguredProviders {
  const onFailure = (failure: ProviderFailure) => log.warn(failure, 'provider not available')
  const { providerEndpoints: endpoints = {} } = overrides
  return createProviders(config.providers, { endpoints, clock, onFailure })
}
