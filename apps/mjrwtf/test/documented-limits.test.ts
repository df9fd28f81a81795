import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { readLimits } from '../src/adapters/http/middleware/limit-reads.ts'
import { connectionLimits } from '../src/adapters/http/server.ts'
import { hashLimits } from '../src/adapters/passwords/argon2-hasher.ts'
import { maxCountedRows } from '../src/adapters/queue/click-queue.ts'
import { clickLimits } from '../src/application/links/click-limit.ts'
import { maxListedEvents } from '../src/application/security-log/event-budget.ts'
import { watchLimits } from '../src/application/sessions/watch-list.ts'
import {
  type AttemptPolicy,
  accountPolicy,
  codePolicy,
  devicePolicy,
  factorPolicy,
  ipPolicy,
} from '../src/domain/attempt-policy.ts'
import { cellLimits, quarterHour } from '../src/domain/click-day.ts'
import { sumLimits } from '../src/domain/click-sums.ts'
import { resetLinkIntervals } from '../src/domain/email.ts'
import { type RateLimit, rateLimits } from '../src/domain/rate-limits.ts'
import { day, hour, minute, second } from '../src/domain/time.ts'

const page = readFileSync(new URL('../../../docs/limits.md', import.meta.url), 'utf8')

/** Cells of the table rows under this heading whose first cell is code. */
function rowsUnder(heading: string): readonly (readonly string[])[] {
  const [, section = ''] = page.split(`\n## ${heading}\n`)
  const lines = section.split(/\n## /, 1)[0]?.split('\n') ?? []
  return lines
    .filter((line) => line.startsWith('| `'))
    .map((line) => line.split('|').map((cell) => cell.trim().replaceAll('`', '')))
    .map((cells) => cells.slice(1, -1))
}

function durationText(length: number): string {
  const units = [
    [day, 'd'],
    [hour, 'h'],
    [minute, 'min'],
  ] as const
  const [unit, name] = units.find(([each]) => length % each === 0) ?? [second, 's']
  return `${length / unit} ${name}`
}

/** The rows that one account adds to a table within an hour. */
function accountRows(table: string): number {
  const row = rowsUnder('Rows written in an hour').find(([names]) => names === table)
  return Number(row?.[1])
}

/** The default of `MAX_SESSIONS_PER_USER`. */
const maxSessionsPerUser = 20

const rates: readonly RateLimit[] = Object.values(rateLimits)

it('docs/limits.md lists every rate limit as in the code, with a reason (V2.4.1, V6.1.1)', () => {
  const rows = rowsUnder('Rates')
  expect(rows.map(([name, max, window]) => [name, max, window])).toEqual(
    rates.map(({ name, max, window }) => [name, String(max), durationText(window)]),
  )
  for (const row of rows) expect(row.at(-1)).toMatch(/\w{4}/)
})

it('docs/limits.md lists the delays after failures as in the code, with a reason (V6.1.1)', () => {
  const rows = rowsUnder('Consecutive failures')
  const policies = {
    account: accountPolicy,
    'ip-group': ipPolicy,
    device: devicePolicy,
    factor: factorPolicy,
    code: codePolicy,
  }
  expect(rows.map((cells) => cells.slice(0, -1))).toEqual(
    Object.entries(policies).map(([name, policy]) => [name, ...textsOf(policy)]),
  )
  for (const row of rows) expect(row.at(-1)).toMatch(/\w{4}/)
})

it('docs/limits.md lists the limits of a process as in the code, with their effect', () => {
  const rows = rowsUnder('In each process')
  const limits = {
    'pages-per-session': watchLimits.maxPerSession,
    'pages-per-user': watchLimits.maxPerUser,
    pages: watchLimits.max,
    connections: connectionLimits.maxConnections,
    'requests-ahead': connectionLimits.maxWaitingRequests,
    reads: readLimits.maxQueued,
    'queued-passwords': hashLimits.maxQueued,
    'password-wait': hashLimits.maxWait / second,
  }
  const documented = rows.map(([name, max]) => [name, Number(max)])
  expect(Object.fromEntries(documented)).toEqual(limits)
  for (const row of rows) expect(row.at(-1)).toMatch(/\w{4}/)
})

it('docs/limits.md lists the limits of clicks as in the code, with their effect', () => {
  const rows = rowsUnder('Clicks')
  const limits = {
    'stored-per-visitor-and-link': [clickLimits.storedPerVisitorAndLink, durationText(minute)],
    'stored-per-visitor': [clickLimits.storedPerVisitor, durationText(minute)],
    'origins-per-visitor': [clickLimits.originsPerVisitor, durationText(minute)],
    'links-per-visitor': [clickLimits.linksPerVisitor, durationText(minute)],
    'stored-per-link': [clickLimits.storedPerLink, durationText(quarterHour)],
    'cells-with-referrer': [cellLimits.withReferrer, durationText(day)],
    'cells-with-origins': [cellLimits.withOrigins, durationText(day)],
    'sums-per-origin': [sumLimits.origins, durationText(day)],
    'bots-per-day': [sumLimits.bots, durationText(day)],
    'counted-rows': [maxCountedRows, durationText(quarterHour)],
    tracked: [clickLimits.tracked, ''],
  }
  const documented = rows.map(([name, max, window]) => [name, [Number(max), window]])
  expect(Object.fromEntries(documented)).toEqual(limits)
  for (const row of rows) expect(row.at(-1)).toMatch(/\w{4}/)
})

it('docs/limits.md derives the rows of an account from one number of sign-ins', () => {
  const { signIns, passwordResets, passwordChanges, emailsPerUser } = rateLimits
  const resets = passwordResets.max
  const total = signIns.max * (1 + resets)
  expect(page).toContain(`write at most ${total.toLocaleString('en')}`)
  const emails = 1 + emailsPerUser.max
  expect(accountRows('attempts')).toBe(total + resets + emails + 1)
  const credentials = emails + passwordChanges.max + resets
  const sessions = total + maxSessionsPerUser
  const places = resetLinkIntervals.length * credentials
  expect(accountRows('sent_notifications')).toBe(2 * sessions + 4 + places)
  const passwords = 1 + passwordChanges.max + resets
  const counters = sessions + passwords + (1 + resets) + emails
  expect(accountRows('rate_limits')).toBeGreaterThan(counters + 2 * rates.length)
})

it('decision 009 states the limits of correct sign-ins as in the code', () => {
  const { signIns, passwordChanges, passwordResets } = rateLimits
  const total = signIns.max * (1 + passwordResets.max)
  const decision = readFileSync(
    new URL('../../../docs/decisions/009-sign-in-throttle.md', import.meta.url),
    'utf8',
  ).replaceAll(/\s+/g, ' ')
  for (const text of [
    `${signIns.max} correct sign-ins an hour`,
    `limit of their own, ${passwordChanges.max} an hour`,
    `With ${passwordResets.max} resets, one account signs in at most ${total.toLocaleString('en')}`,
    `Events of one kind beyond ${maxListedEvents} an hour`,
  ]) {
    expect(decision).toContain(text)
  }
})

function textsOf(policy: AttemptPolicy): readonly string[] {
  return [
    String(policy.allowedFailures),
    durationText(policy.firstDelay),
    durationText(policy.maxDelay),
    policy.lockedAfter === null ? 'never' : String(policy.lockedAfter),
    durationText(policy.resetAfter),
  ]
}

it('rate limits have unique names, windows of whole seconds and limits divisible by the batch', () => {
  expect(new Set(rates.map(({ name }) => name)).size).toBe(rates.length)
  for (const { max, window, batchSize = 1 } of rates) {
    expect([window % second, max % batchSize]).toEqual([0, 0])
  }
})
