import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { type RateLimit, rateLimits } from '../src/domain/limits.ts'
import {
  type AttemptPolicy,
  accountPolicy,
  addressPolicy,
  codePolicy,
  devicePolicy,
} from '../src/domain/throttle.ts'
import { day, hour, minute, second } from '../src/domain/time.ts'

const page = readFileSync(new URL('../../../docs/limits.md', import.meta.url), 'utf8')

/** Cells of the rows below this heading whose first cell is code. */
function rowsUnder(heading: string): readonly (readonly string[])[] {
  const [, section = ''] = page.split(`\n## ${heading}\n`)
  const lines = section.split(/\n## /, 1)[0]?.split('\n') ?? []
  return lines
    .filter((line) => line.startsWith('| `'))
    .map((line) => line.split('|').map((cell) => cell.trim().replaceAll('`', '')))
    .map((cells) => cells.slice(1, -1))
}

function lengthText(length: number): string {
  const units = [
    [day, 'd'],
    [hour, 'h'],
    [minute, 'min'],
  ] as const
  const [unit, name] = units.find(([each]) => length % each === 0) ?? [second, 's']
  return `${length / unit} ${name}`
}

const rates: readonly RateLimit[] = Object.values(rateLimits)

it('has every rate as the code has it, and a reason for each (V2.4.1, V6.1.1)', () => {
  const rows = rowsUnder('Rates')
  expect(rows.map(([name, most, window]) => [name, most, window])).toEqual(
    rates.map(({ name, most, window }) => [name, String(most), lengthText(window)]),
  )
  for (const row of rows) expect(row.at(-1)).toMatch(/\w{4}/)
})

it('has the delays after failures as the code has them, and a reason for each (V6.1.1)', () => {
  const rows = rowsUnder('Failures in a row')
  const policies = {
    account: accountPolicy,
    address: addressPolicy,
    device: devicePolicy,
    code: codePolicy,
  }
  expect(rows.map((cells) => cells.slice(0, -1))).toEqual(
    Object.entries(policies).map(([name, policy]) => [name, ...textsOf(policy)]),
  )
  for (const row of rows) expect(row.at(-1)).toMatch(/\w{4}/)
})

function textsOf(policy: AttemptPolicy): readonly string[] {
  return [
    String(policy.free),
    lengthText(policy.firstDelay),
    lengthText(policy.longestDelay),
    policy.closedAfter === null ? 'never' : String(policy.closedAfter),
    lengthText(policy.forgetAfter),
  ]
}

it('has no two rates under one name, whole seconds, and handfuls that come out even', () => {
  expect(new Set(rates.map(({ name }) => name)).size).toBe(rates.length)
  for (const { most, window, handful = 1 } of rates) {
    expect([window % second, most % handful]).toEqual([0, 0])
  }
})
