import { createFakeClock, type FakeClock } from 'coatcheck/testing'
import { pino } from 'pino'
import { openGeoDatabase } from '../../src/adapters/geo/mmdb-locator.ts'
import { serializeError } from '../../src/adapters/logging/logger.ts'
import { createAppMetrics } from '../../src/adapters/metrics/app-metrics.ts'
import { openPersistence } from '../../src/adapters/persistence/open-persistence.ts'
import type { Persistence } from '../../src/adapters/persistence/persistence.ts'
import { readFile } from '../../src/adapters/process/read-file.ts'
import { readSecretFile } from '../../src/adapters/process/read-secret-file.ts'
import { type Config, loadConfig } from '../../src/config/config.ts'
import { type WireOverrides, wire } from '../../src/program/wire.ts'
import { createEmailCapture } from './captured-emails.ts'
import { createFastHasher } from './fast-hasher.ts'
import { createFaults, type Faults } from './fault-injection.ts'
import { createLeakDetector } from './leak-detector.ts'
import type { Storage } from './storage.ts'
import { testSecretKeys } from './test-chain.ts'

export interface AppOptions extends Omit<WireOverrides, 'clock' | 'mail' | 'flushInterval'> {
  /** Environment in addition to DATABASE_URL and SECRET_KEYS. Default: only BASE_URL. */
  readonly env?: Readonly<Record<string, string>>
  readonly clock?: FakeClock
}

export const defaultBaseUrl = 'http://localhost:8080'

/**
 * Wires the app as `main.ts` does, with a fake clock, captured emails and, unless PASSWORD_PEPPERS is set, fast password
 * hashes. Queues write only when a test flushes them.
 */
export async function wireApp(storage: Storage, { env = {}, ...options }: AppOptions) {
  const config = readConfig(storage, env)
  const leakDetector = createLeakDetector({ https: config.baseUrl.startsWith('https:') })
  const log = pino(
    { base: null, level: 'trace', serializers: { error: serializeError } },
    { write: (line) => leakDetector.log(line) },
  )
  const faults = createFaults()
  const metrics = createAppMetrics()
  const opened = await openPersistence(config.database, metrics.observeStatement)
  const persistence = withFaults(opened, faults)
  const clock = options.clock ?? createFakeClock()
  const { emails, mailer, captured } = createEmailCapture({ config, clock }, leakDetector)
  const program = wire(
    { config, persistence, log, metrics },
    {
      ...(config.passwordPeppers.length === 0 && { passwordHasher: createFastHasher() }),
      ...options,
      clock,
      mail: { mailer, capturedEmails: config.mail === 'log' ? captured : null },
      flushInterval: 2 ** 30,
    },
  )
  const { sendMail } = mailer
  return { ...program, config, persistence, clock, leakDetector, faults, emails, sendMail }
}

function readConfig(storage: Storage, env: Readonly<Record<string, string>>): Config {
  // The administrator of most tests has no second factor.
  const policy = { REQUIRE_SECOND_FACTOR: 'off' }
  const baseEnv = { BASE_URL: defaultBaseUrl, SECRET_KEYS: testSecretKeys, ...policy, ...env }
  const loaded = loadConfig(
    { ...baseEnv, DATABASE_URL: storage.url },
    { readSecretFile, openGeoDatabase, readFile },
  )
  if (loaded.status === 'ok') return loaded.config
  throw new Error(JSON.stringify(loaded.problems))
}

function withFaults(persistence: Persistence, faults: Faults): Persistence {
  return {
    ...persistence,
    accountArchive: faults.wrap('accountArchive', persistence.accountArchive),
    userDirectory: faults.wrap('userDirectory', persistence.userDirectory),
    accounts: faults.wrap('accounts', persistence.accounts),
    operatorRole: faults.wrap('operatorRole', persistence.operatorRole),
    takeDowns: faults.wrap('takeDowns', persistence.takeDowns),
    blockedDomains: faults.wrap('blockedDomains', persistence.blockedDomains),
    suspensions: faults.wrap('suspensions', persistence.suspensions),
    users: faults.wrap('users', persistence.users),
    setUpCodes: faults.wrap('setUpCodes', persistence.setUpCodes),
    invites: faults.wrap('invites', persistence.invites),
    linkReports: faults.wrap('linkReports', persistence.linkReports),
    links: faults.wrap('links', persistence.links),
    linkChanges: faults.wrap('linkChanges', persistence.linkChanges),
    clicks: faults.wrap('clicks', persistence.clicks),
    visitors: faults.wrap('visitors', persistence.visitors),
    unknownCodes: faults.wrap('unknownCodes', persistence.unknownCodes),
    attempts: faults.wrap('attempts', persistence.attempts),
    rateLimiter: faults.wrap('rateLimiter', persistence.rateLimiter),
    drafts: faults.wrap('drafts', persistence.drafts),
    authenticators: faults.wrap('authenticators', persistence.authenticators),
    securityEvents: faults.wrap('securityEvents', persistence.securityEvents),
    notifications: faults.wrap('notifications', persistence.notifications),
    phones: faults.wrap('phones', persistence.phones),
    smsCodes: faults.wrap('smsCodes', persistence.smsCodes),
    states: faults.wrap('states', persistence.states),
    emailTokens: faults.wrap('emailTokens', persistence.emailTokens),
    factors: faults.wrap('factors', persistence.factors),
    identities: faults.wrap('identities', persistence.identities),
    providerSessions: faults.wrap('providerSessions', persistence.providerSessions),
    emailChanges: faults.wrap('emailChanges', persistence.emailChanges),
    factorRemovals: faults.wrap('factorRemovals', persistence.factorRemovals),
    trustedBrowsers: faults.wrap('trustedBrowsers', persistence.trustedBrowsers),
    deviceAuthorizations: faults.wrap('deviceAuthorizations', persistence.deviceAuthorizations),
    personalTokens: faults.wrap('personalTokens', persistence.personalTokens),
    recoveryCodes: faults.wrap('recoveryCodes', persistence.recoveryCodes),
    sessionStore: faults.wrap('store', persistence.sessionStore),
    clients: faults.wrap('clients', persistence.clients),
    authorizationCodes: faults.wrap('authorizationCodes', persistence.authorizationCodes),
    grantStore: faults.wrap('grantStore', persistence.grantStore),
    ping: faults.wrap('database', { ping: persistence.ping }).ping,
  }
}
