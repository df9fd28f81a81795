import type { Hono } from 'hono'
import { createWindows } from '../../../application/shared/windows.ts'
import { ipGroup } from '../../../domain/ip-address.ts'
import { type Instant, minute } from '../../../domain/time.ts'
import { readLimitedBody } from '../api/read-json.ts'
import type { AppEnv, PageContext } from '../http-context.ts'
import { type ProblemContext, respondWithProblem, retryAfterHeader } from '../responses/problem.tsx'

/** Path to which browsers send CSP violation reports. */
export const cspReportPath = '/csp-reports'

/** A report has a few hundred bytes, and a browser may send several in one request. */
const maxReportBytes = 16 * 1024

/** Requests processed per minute, from all clients together and from one IP group. */
const maxReportsPerMinute = 180
const maxReportsPerClient = 60

/**
 * Writes reports to the log (ASVS 5.0 V3.4.7). Any client can send them, so they are limited in number and size, use no
 * database, and only their harmless parts are logged. They change no state and need no CSRF token.
 */
export function addCspReportRoutes(
  app: Hono<AppEnv>,
  context: ProblemContext & Pick<PageContext, 'clock' | 'log'>,
): void {
  const isWithinLimit = createReportLimit(() => context.clock.now())
  app.post(cspReportPath, async (c) => {
    if (!isWithinLimit(c.var.exchange.client.ipAddress))
      return respondWithProblem(context, c, tooManyReports)
    const body = await readLimitedBody(c.req.raw.body, maxReportBytes)
    if (body === null) return respondWithProblem(context, c, reportTooLarge)
    for (const report of readReports(body)) context.log.warn({ report }, 'CSP violation report')
    return c.body(null, 204)
  })
}

/**
 * Returns whether a request is within the limits of the current minute. A client beyond its own limit does not use up the
 * one of all clients, which also limits how many clients are counted.
 */
function createReportLimit(now: () => Instant): (ipAddress: string | null) => boolean {
  const create = () => ({ total: 0, byClient: new Map<string, number>() })
  const windows = createWindows({ length: minute, max: 1, create })
  return (ipAddress) => {
    const counts = windows.valueAt('', now())
    const client = ipGroup(ipAddress)
    const count = counts.byClient.get(client) ?? 0
    if (counts.total >= maxReportsPerMinute || count >= maxReportsPerClient) return false
    counts.byClient.set(client, count + 1)
    counts.total += 1
    return true
  }
}

interface PolicyReport {
  readonly directive: string
  /** Path of the page. */
  readonly page: string
  /** Host of the blocked content, or a keyword such as `inline`. */
  readonly blocked: string
}

/** The fields to log of each valid report. Other input is ignored. */
function readReports(body: Uint8Array): readonly PolicyReport[] {
  const parsed = parse(body)
  const reports = Array.isArray(parsed) ? parsed.slice(0, 10) : [parsed]
  return reports.flatMap((report) => {
    const details = field(report, 'body') ?? field(report, 'csp-report')
    const directive = text(details, 'effectiveDirective') ?? text(details, 'effective-directive')
    if (directive === undefined) return []
    const page = text(details, 'documentURL') ?? text(details, 'document-uri') ?? ''
    const blocked = text(details, 'blockedURL') ?? text(details, 'blocked-uri') ?? ''
    return [
      {
        directive: directive.slice(0, 50),
        // Without the query, which may contain the token of an email link.
        page: (URL.parse(page)?.pathname ?? '').slice(0, 200),
        blocked: (URL.parse(blocked)?.host || blocked).slice(0, 100),
      },
    ]
  })
}

function parse(body: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(body))
  } catch {
    return null
  }
}

function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined
}

function text(value: unknown, name: string): string | undefined {
  const found = field(value, name)
  return typeof found === 'string' ? found : undefined
}

const tooManyReports = {
  status: 429,
  code: 'too_many_reports',
  message: 'Too many reports. Try again in 1 minute.',
  headers: [retryAfterHeader(60)],
} as const

const reportTooLarge = {
  status: 413,
  code: 'body_too_large',
  message: 'Send reports of at most 16 KiB.',
} as const
