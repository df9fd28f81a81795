import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import {
  maxPendingSignInAttempts,
  maxPendingSignIns,
  pendingSignInTimeout,
} from '../src/domain/pending-sign-in.ts'
import { day, hour, minute, second } from '../src/domain/time.ts'
import { timeoutPresets } from '../src/domain/timeouts.ts'
import { resolveGrantsOptions } from '../src/grants/resolve-options.ts'
import { recentAuthenticationTimeout } from '../src/http/guards/session-guard.ts'
import { resolveOptions } from '../src/sessions/resolve-options.ts'
import { createMemoryGrantStore } from '../src/stores/memory/grant-store.ts'
import { createMemorySessionStore } from '../src/stores/memory/session-store.ts'

const page = readPage('security-conformance.md')
const guideOfGrants = readPage('guides/grants.md')

function readPage(path: string): string {
  return readFileSync(new URL(`../../../docs/${path}`, import.meta.url), 'utf8')
}

const units: Readonly<Record<string, number>> = { s: second, min: minute, h: hour, d: day }

/** Returns the cells of the table rows under a heading whose first cell is code. */
function rowsUnder(heading: string, text: string = page): readonly (readonly string[])[] {
  const [, section = ''] = text.split(`\n${heading.startsWith('#') ? '' : '### '}${heading}\n`)
  const lines = section.split(/\n#{2,3} /, 1)[0]?.split('\n') ?? []
  return lines
    .filter((line) => line.startsWith('| `'))
    .map((line) => line.split('|').map((cell) => cell.trim().replaceAll('`', '')))
    .map((cells) => cells.slice(1, -1))
}

/** Converts durations such as `30 min` to milliseconds. Returns other text and plain numbers unchanged. */
function readValue(text: string): number | string {
  const [, amount = '', unit = ''] = /^([\d ]+?) ?(s|min|h|d)?$/.exec(text) ?? []
  return amount === '' ? text : Number(amount.replaceAll(' ', '')) * (units[unit] ?? 1)
}

it('the documented timeouts of every preset match the code and have a reason (V7.1.1)', () => {
  const rows = rowsUnder('Timeouts')
  const documented = rows.map(([name, absolute = '', idle = '', remembered = '']) => {
    const [maxAbsolute = '', maxIdle = ''] = remembered.replace(' idle', '').split(', ')
    const rememberedTimeouts = { absolute: readValue(maxAbsolute), idle: readValue(maxIdle) }
    const normalTimeouts = { absolute: readValue(absolute), idle: readValue(idle) }
    return [
      name,
      { ...normalTimeouts, remembered: remembered === 'no' ? null : rememberedTimeouts },
    ]
  })
  expect(Object.fromEntries(documented)).toEqual(timeoutPresets)
  for (const row of rows) expect(row.at(-1)).toMatch(/\w{4}/)
})

it('the other documented limits match the code and have a reason (V7.1.2)', () => {
  const { cap, timeouts, requiredLevel, unknownTokens, ...options } = resolveOptions({
    store: createMemorySessionStore(),
    data: { initial: {} },
  })
  // Both follow from the preset, which has a table of its own.
  expect([timeouts, requiredLevel]).toEqual([timeoutPresets.standard, 1])
  const rows = rowsUnder('Other limits')
  const documented = rows.map(([name = '', value = '']) => [name, readValue(value)])
  // Dependencies, such as the store, are objects. Limits are numbers and strings.
  const limits = Object.entries(options).filter(([, value]) => typeof value !== 'object')
  const defaults = {
    ...Object.fromEntries(limits),
    maxSessionsPerUser: cap.limit,
    whenFull: cap.whenFull,
    'unknownTokens.limit': unknownTokens?.limit,
    'unknownTokens.window': unknownTokens?.window,
    recentAuthenticationTimeout,
  }
  expect(Object.fromEntries(documented)).toEqual(defaults)
  for (const row of rows) expect(row.at(-1)).toMatch(/\w{4}/)
})

it('the documented limits of a pending sign-in match the code', () => {
  const [, time = '', attempts, perUser] =
    /pending sign-in is valid for ([\w ]+), allows (\d+) attempts.* at most (\d+) of a user/.exec(
      page,
    ) ?? []
  const documented = [readValue(time), Number(attempts), Number(perUser)]
  expect(documented).toEqual([pendingSignInTimeout, maxPendingSignInAttempts, maxPendingSignIns])
})

it('the documented defaults of grants match the code', () => {
  const { timeouts, ...options } = resolveGrantsOptions(createMemoryGrantStore(), {})
  const documented = rowsUnder('## Set up', guideOfGrants).map(([name = '', value = '']) => [
    name,
    readValue(value),
  ])
  const { accessTokenTimeout, refreshGrace, maxGrantsPerClient, retention } = options
  expect(Object.fromEntries(documented)).toEqual({
    accessTokenTimeout,
    'timeouts.idle': timeouts.idle,
    'timeouts.absolute': timeouts.absolute,
    refreshGrace,
    maxGrantsPerClient,
    retention,
  })
})
