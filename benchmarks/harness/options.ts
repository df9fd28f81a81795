import { parseArgs } from 'node:util'
import type { Case } from '../cases/case.ts'

/** The options of a run. */
export interface BenchOptions {
  readonly cases: readonly Case[]
  readonly parts: readonly string[]
  /** Whether its results are saved: all cases, with enough rounds. */
  readonly isFullRun: boolean
  readonly sessions: number
  readonly connections: number
  readonly rounds: number
  /** Seconds. */
  readonly measured: number
  readonly warmUp: { readonly first: number; readonly each: number }
  readonly revocations: number
  /** Folder for a processor profile of each server, or `null`. */
  readonly profile: string | null
}

export const usage = `npm run bench -- [options]

  --quick             two short rounds, for a first look
  --only NAME,NAME    some of the servers; --list prints their names
  --parts PART,PART   of servers, checks, propagation
  --rounds N          instead of 5
  --profile FOLDER    keeps a processor profile of each server, and prints where its time went
  --list              names the servers
`

const allParts = 'servers,checks,propagation'

/** Reads the command line. Returns `null` if it requests no run; throws on an unknown option. */
export function readOptions(args: readonly string[], known: readonly Case[]): BenchOptions | null {
  const { values } = parseArgs({
    args: [...args],
    options: {
      quick: { type: 'boolean', default: false },
      only: { type: 'string' },
      parts: { type: 'string', default: allParts },
      rounds: { type: 'string' },
      profile: { type: 'string' },
      list: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.list || values.help) return null
  const { quick, only, parts, profile = null } = values
  const rounds = Number(values.rounds ?? (quick ? 2 : 5))
  if (!Number.isInteger(rounds) || rounds < 1) throw new Error('--rounds takes a whole number')
  return {
    cases: only === undefined ? known : choose(only.split(','), known),
    parts: parts.split(','),
    isFullRun: !quick && only === undefined && parts === allParts && rounds >= 5,
    sessions: 10_000,
    connections: 16,
    rounds,
    measured: quick ? 1 : 1.5,
    warmUp: quick ? { first: 1, each: 0.2 } : { first: 2, each: 0.3 },
    revocations: quick ? 50 : 300,
    profile,
  }
}

function choose(names: readonly string[], known: readonly Case[]): readonly Case[] {
  return names.map((name) => {
    const found = known.find((each) => each.name === name)
    if (found === undefined) throw new Error(`Unknown server ${name}; see --list`)
    return found
  })
}
