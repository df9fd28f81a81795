import { existsSync } from 'node:fs'
import { systemClock } from 'coatcheck'
import { diagnose, type Finding } from 'coatcheck/doctor'
import type { DoctorCheck } from '../adapters/cli/cli-context.ts'
import { verifySmtp } from '../adapters/email/smtp-delivery.ts'
import { maxClockSkew, measureClockSkew } from '../adapters/persistence/clock-skew.ts'
import { openPersistence, openSchema } from '../adapters/persistence/open-persistence.ts'
import type { SchemaStatus } from '../application/ports/schema.ts'
import type { Config } from '../config/config.ts'
import { second } from '../domain/time.ts'

/** Whether the database answers, has the tables of this program, and agrees with this machine about the time. */
export async function checkDatabase(config: Config): Promise<readonly DoctorCheck[]> {
  const { database } = config
  const id = 'database'
  if (database.kind === 'sqlite' && !existsSync(database.file)) {
    const message = `There is no database in ${database.file} yet. The first start creates it.`
    return [{ id, status: 'warning', message }]
  }
  try {
    const schema = openSchema(database)
    const status = await schema.status().finally(schema.close)
    const check = describeSchema(status)
    // A file has no clock of its own.
    const hasClock = database.kind === 'postgres' && status.state === 'current'
    return hasClock ? [check, await checkClock(config)] : [check]
  } catch (error) {
    return [{ id, status: 'failed', message: messageOf(error) }]
  }
}

function describeSchema({ state, current, newest }: SchemaStatus): DoctorCheck {
  const id = 'database'
  const version = `schema version ${current.app}`
  if (state === 'current') {
    return { id, status: 'ok', message: `The database answers (${version}).` }
  }
  if (state === 'newer') {
    const message = `The database has ${version}, which is newer than this program (${newest.app}). Start a newer program.`
    return { id, status: 'failed', message }
  }
  const message = `The database has ${version} of ${newest.app}. Run: mjrwtf migrate up`
  return { id, status: 'warning', message }
}

async function checkClock({ database }: Config): Promise<DoctorCheck> {
  const persistence = await openPersistence(database)
  const skew = await measureClockSkew(persistence, systemClock).finally(persistence.close)
  const id = 'clock'
  if (Math.abs(skew) <= maxClockSkew) {
    return { id, status: 'ok', message: 'The clocks of this machine and the database agree.' }
  }
  const direction = skew > 0 ? 'ahead of' : 'behind'
  const message = `The clock of this machine is ${Math.round(Math.abs(skew) / second)} s ${direction} that of the database. Synchronize both.`
  return { id, status: 'failed', message }
}

/** Whether the mail server accepts the credentials. Sends no email. */
export async function checkMail({ mail, smtp, baseUrl }: Config): Promise<readonly DoctorCheck[]> {
  const id = 'mail'
  if (smtp === null) {
    if (mail === 'log') return []
    const message = 'Email is off: users who forget their password cannot reset it. Set SMTP_URL.'
    return [{ id, status: 'warning', message }]
  }
  const { server } = smtp
  const place = `${server.host}:${server.port}`
  const clientName = new URL(baseUrl).hostname
  const timeouts = { connection: 5 * second, socket: 5 * second }
  const cause = await verifySmtp({ server, clientName, timeouts })
  if (cause === null) {
    return [{ id, status: 'ok', message: `The mail server at ${place} accepts the connection.` }]
  }
  const reply = cause.responseCode === null ? '' : `, reply ${cause.responseCode}`
  const message = `The mail server at ${place} cannot be used (${cause.code}${reply}). Check SMTP_URL.`
  return [{ id, status: 'failed', message }]
}

/** The server as visitors reach it: headers, cookies, the proxy. Over plain http, only whether it answers. */
export async function checkBaseUrl({ baseUrl }: Config): Promise<readonly DoctorCheck[]> {
  const url = new URL(baseUrl)
  if (url.protocol === 'http:') return [await checkHealth(baseUrl)]
  const httpUrl = url.port === '' ? new URL(`http://${url.host}/`) : null
  return (await diagnose({ url, httpUrl, signInPath: '/login' })).map(toCheck)
}

async function checkHealth(baseUrl: string): Promise<DoctorCheck> {
  const url = `${baseUrl}/health`
  try {
    const { status } = await fetch(url, { signal: AbortSignal.timeout(5 * second) })
    if (status === 200) return { id: 'base-url', status: 'ok', message: `${baseUrl} answers.` }
    return unreachable(`${url} answered with status ${status}`)
  } catch {
    return unreachable(`${url} does not answer`)
  }
}

/** No failure: the server may be stopped, or not be reachable from its own machine by its public name. */
function unreachable(reason: string): DoctorCheck {
  const message = `BASE_URL is not reachable from here: ${reason}. Start the server, or check the proxy.`
  return { id: 'base-url', status: 'warning', message }
}

function toCheck({ check, status, message, advice }: Finding): DoctorCheck {
  if (check === 'reachable' && status === 'failed') return unreachable(message)
  return { id: `base-url-${check}`, status, message: `${message}. ${advice}`.trim() }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message.replaceAll(/\s*\n\s*/g, ' ') : 'unknown'
}
