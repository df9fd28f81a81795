import { setTimeout } from 'node:timers/promises'
import { systemClock } from 'coatcheck'
import { listen } from '../adapters/http/server.ts'
import { createLogger, type Logger } from '../adapters/logging/logger.ts'
import { type AppMetrics, createAppMetrics } from '../adapters/metrics/app-metrics.ts'
import { type MetricsServer, startMetricsServer } from '../adapters/metrics/metrics-server.ts'
import { noMetrics } from '../adapters/metrics/no-metrics.ts'
import { maxClockSkew, measureClockSkew } from '../adapters/persistence/clock-skew.ts'
import { migrateToNewest, openPersistence } from '../adapters/persistence/open-persistence.ts'
import type { Persistence } from '../adapters/persistence/persistence.ts'
import { inheritedSockets } from '../adapters/process/inherited-sockets.ts'
import { stopOnSignal } from '../adapters/process/stop-on-signal.ts'
import type { Config } from '../config/config.ts'
import type { MisspelledVariable } from '../config/misspelled.ts'
import { isLoopbackInBrowsers } from '../domain/ip-address.ts'
import { minute, second } from '../domain/time.ts'
import { drain, writeQueues } from './drain.ts'
import { printStartMessage } from './first-start.ts'
import { startScheduledBackups } from './scheduled-backups.ts'
import { StartError } from './start-error.ts'
import { packageVersion } from './version.ts'
import { type Program, wire } from './wire.ts'

/** How long /ready answers "unavailable" before the server stops accepting connections, in ms. Load balancers poll it. */
const drainDelay = 1_000
/** Time between two heads of the security log in the process log, if events were added. */
const auditInterval = minute
/** How long another process may serve the short domains as they were, in ms. */
const domainsInterval = 5_000
/** How long requests in flight may take after a stop signal, in ms. */
const requestTimeout = 10_000

/** Runs the app until a signal stops it. Rejects if it cannot start. */
export async function run(
  config: Config,
  misspelled: readonly MisspelledVariable[],
): Promise<void> {
  const log = createLogger({ level: config.logLevel, format: config.logFormat })
  for (const { name, similar } of misspelled) {
    log.warn({ variable: name, similar }, 'variable has no effect; is its name misspelled?')
  }
  warnOfPlainHttp(config, log)
  await migrate(config, log)
  const metrics = config.metricsAddress === null ? noMetrics : createAppMetrics()
  const persistence = await openPersistence(config.database, metrics.observeStatement)
  try {
    await serve({ config, persistence, log, metrics })
  } catch (error) {
    await persistence.close()
    throw error
  }
}

function warnOfPlainHttp({ baseUrl }: Config, log: Logger): void {
  const { protocol, hostname } = new URL(baseUrl)
  if (protocol === 'https:' || isLoopbackInBrowsers(hostname)) return
  const message =
    'BASE_URL is plain http: everyone in this network can read passwords and take over accounts'
  log.warn({ baseUrl }, message)
}

/** Unless the operator migrates. Only one of several starting processes does. */
async function migrate({ migration }: Config, log: Logger): Promise<void> {
  if (!migration.atStart) return
  const onWaiting = () => log.warn({}, 'waiting: another process is migrating the database')
  const { steps } = await migrateToNewest(migration.database, { onWaiting })
  if (steps.length === 0) return
  // The last step of each group of tables is its version.
  const versions = Object.fromEntries(steps.map(({ tables, version }) => [tables, version]))
  log.info({ steps: steps.length, versions }, 'database migrated')
}

interface Context {
  readonly config: Config
  readonly persistence: Persistence
  readonly log: Logger
  readonly metrics: AppMetrics
}

async function serve(context: Context): Promise<void> {
  const { config, log } = context
  await requireRightClock(context)
  await countExistingClicks(context)
  const program = wire(context)
  const { app, features, sessions } = program
  await features.domains.refresh()
  // Before the server listens: a failure now ends the process, which the supervisor starts again.
  const setUpCode = await features.accounts.issueSetUpCode()
  const sockets = inheritedSockets(process.env, process.pid)
  const listener = await listen(app, { host: config.host, port: config.port, sockets })
  if (listener.status === 'failed') throw new StartError(listener.message)
  const { server } = listener
  const metricsServer = serveMetrics(context)
  sessions.startSweeping()
  // Continues deletions that the last stop interrupted.
  program.removeAccountData()
  renewKeys(program, log)
  const auditTimer = startAudit(program, log)
  const domainsTimer = setInterval(() => refreshDomains(program, log), domainsInterval)
  const importTimer = resumeImports(program, log)
  const purgeTimer = setInterval(() => {
    purge(program, log)
    renewKeys(program, log)
    void removeFactors(program, log)
    remindOfTokens(program, log)
    sweepGrants(program, log)
  }, config.session.cleanupInterval)
  const scheduledBackups = startScheduledBackups(config, log)

  async function stop(signal: NodeJS.Signals): Promise<void> {
    log.info({ signal }, 'stopping')
    program.startDraining()
    server.startDraining()
    clearInterval(purgeTimer)
    clearInterval(auditTimer)
    clearInterval(domainsTimer)
    clearInterval(importTimer)
    await scheduledBackups.stop()
    // An event stream is a request in flight for as long as its page is open.
    await program.sessionEnds.close()
    // Only a supervisor sends SIGTERM. On SIGINT there is no load balancer to wait for.
    if (signal === 'SIGTERM') await setTimeout(drainDelay)
    const completed = await server.close(requestTimeout)
    if (!completed) log.warn({}, 'requests were cut off')
    await drain(program)
    // The database may be why the program stops; the next start logs the head.
    await features.audit.logHead().catch(() => {})
    await metricsServer?.close()
    await context.persistence.close()
  }
  stopOnSignal({
    stop,
    onCrash: (error) => log.fatal({ error }, 'stopping after an error'),
    async rescue() {
      // Later requests could only add what is not written any more.
      await Promise.all([server.close(0), writeQueues(program)])
    },
  })
  printStartMessage(config, features, setUpCode)
}

async function requireRightClock({ persistence }: Context): Promise<void> {
  const skew = await measureClockSkew(persistence, systemClock)
  if (Math.abs(skew) <= maxClockSkew) return
  const difference = `${Math.round(Math.abs(skew) / second)} s ${skew > 0 ? 'ahead of' : 'behind'}`
  throw new StartError(
    `The clock of this machine is ${difference} that of the database server. Synchronize both, such as with NTP: sessions would end too early or too late.`,
  )
}

/** On an address of their own. `null` if METRICS_ADDRESS is off. */
function serveMetrics({ config, metrics, log }: Context): MetricsServer | null {
  const { metricsAddress: address, database } = config
  if (address === null) return null
  metrics.watchProcess({ version: packageVersion(), database: database.kind })
  return startMetricsServer({ address, read: metrics.read, log })
}

/** After an upgrade from a version that stored clicks without counting them. */
async function countExistingClicks({ persistence, log }: Context): Promise<void> {
  const timer = setInterval(() => log.info({}, 'counting existing clicks'), 10_000)
  const { links } = await persistence.recount.pending().finally(() => clearInterval(timer))
  if (links > 0) log.info({ links }, 'counted existing clicks')
}

/** Deletes expired rows, and continues deletions of accounts that failed or that another process did not finish. */
function purge({ features, removeAccountData }: Program, log: Logger): void {
  features.purge().catch((error) => log.warn({ error }, 'purge failed'))
  removeAccountData()
}

/** After a change of SECRET_KEYS. Again on the timer: a process with the old configuration may still be running. */
function renewKeys({ features }: Program, log: Logger): void {
  features.authenticators
    .renewKeys()
    .catch((error) => log.warn({ error }, 'keys of authenticators not renewed'))
}

/**
 * Adds the events of an earlier release to the chain, and writes its head to the process log: with a log that is shipped
 * elsewhere, events cannot be removed later without a trace.
 */
function startAudit({ features: { audit } }: Program, log: Logger): NodeJS.Timeout {
  const adopt = () =>
    audit.adoptEvents().catch((error) => log.warn({ error }, 'security events not chained'))
  const logHead = () =>
    audit.logHead().catch((error) => log.warn({ error }, 'head of the security log not read'))
  void adopt().then(logHead)
  return setInterval(() => void adopt().then(logHead), auditInterval)
}

/** Another process may have changed the short domains. While the database fails, they stay as they are. */
function refreshDomains({ features }: Program, log: Logger): void {
  features.domains.refresh().catch((error) => log.debug({ error }, 'short domains not read'))
}

/** How often a process looks for imports that another one has left unfinished. */
const importInterval = 30_000

function resumeImports({ features }: Program, log: Logger): NodeJS.Timeout {
  const resume = (idleTime?: number) =>
    features.transfer.runner
      .resume(idleTime)
      .catch((error) => log.warn({ error }, 'imports of links not resumed'))
  // The process before this one may have been killed.
  void resume(0)
  return setInterval(() => void resume(), importInterval)
}

/** Ends and deletes expired grants. */
function sweepGrants({ grants }: Program, log: Logger): void {
  grants.sweep().catch((error) => log.warn({ error }, 'sweeping grants failed'))
}

function remindOfTokens({ features }: Program, log: Logger): void {
  features.personalTokens
    .remindOfExpiry()
    .catch((error) => log.warn({ error }, 'reminders about tokens not sent'))
}

/** Carries out the removals of second factors that are due. */
async function removeFactors({ features }: Program, log: Logger): Promise<void> {
  try {
    const { removed, canceled } = await features.factorRemovals.process()
    for (const userId of removed)
      log.info({ event: 'second-factors-removed', userId }, securityEvent)
    for (const userId of canceled)
      log.info({ event: 'factor-removal-canceled', userId }, securityEvent)
  } catch (error) {
    log.warn({ error }, 'removing second factors failed')
  }
}

const securityEvent = 'security event'
