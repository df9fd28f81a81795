import { type AddedCell, originNames, otherOrigin } from './click-cell.ts'

/** The sums of a day by quarter-hour and by each origin. Independent of the cells: they have limits of their own. */
export interface DaySums {
  /** Pairs of quarter-hour and clicks. */
  readonly slots: readonly number[]
  /** The names of origins and bots. */
  readonly origins: readonly string[]
  /** For each of `originNames`, pairs of index of the origin (-1 for `null`) and clicks. */
  readonly counts: readonly (readonly number[])[]
  /** Of bots: quarter-hour, index of the name (-1 for `null`) and clicks, in one list. */
  readonly bots: readonly number[]
}

export const emptySums: DaySums = { slots: [], origins: [], counts: [], bots: [] }

/** Visitors can invent origins, and clients can invent bots. */
export const sumLimits = {
  /** Names of each kind of origin in a day that are counted separately. There are 250 countries. */
  origins: 300,
  /** Combinations of bot and quarter-hour in a day that are counted separately. */
  bots: 300,
} as const

/** Adds clicks to the sums of their day. */
export function addToSums(sums: DaySums, added: readonly AddedCell[]): DaySums {
  const slots = readPairs(sums.slots, (slot) => slot)
  const nameAt = (index: number) => sums.origins[index] ?? null
  const counts = originNames.map((_, kind) => readPairs(sums.counts[kind] ?? [], nameAt))
  const bots = readBots(sums)
  for (const { isBot, slot, clicks, ...origins } of added) {
    if (isBot) {
      increaseWithin(
        bots,
        { key: `${slot}\n${origins.agent ?? ''}`, other: `${slot}\n${otherOrigin}` },
        { clicks, limit: sumLimits.bots },
      )
      continue
    }
    slots.set(slot, (slots.get(slot) ?? 0) + clicks)
    for (const [kind, name] of originNames.entries()) {
      const counted = counts[kind]
      if (counted === undefined) continue
      increaseWithin(
        counted,
        { key: origins[name], other: otherOrigin },
        { clicks, limit: sumLimits.origins },
      )
    }
  }
  return pack(slots, counts, bots)
}

interface Place<Key> {
  readonly key: Key
  /** Where clicks are counted if there are too many keys. */
  readonly other: Key
}

function increaseWithin<Key>(
  counts: Map<Key, number>,
  { key, other }: Place<Key>,
  { clicks, limit }: { readonly clicks: number; readonly limit: number },
): void {
  const place = counts.has(key) || counts.size < limit ? key : other
  counts.set(place, (counts.get(place) ?? 0) + clicks)
}

function readPairs<Key>(pairs: readonly number[], keyAt: (index: number) => Key): Map<Key, number> {
  const counts = new Map<Key, number>()
  for (let start = 0; start < pairs.length; start += 2) {
    counts.set(keyAt(pairs[start] ?? -1), pairs[start + 1] ?? 0)
  }
  return counts
}

/** By quarter-hour and name. */
function readBots({ bots, origins }: DaySums): Map<string, number> {
  const counts = new Map<string, number>()
  for (let start = 0; start < bots.length; start += 3) {
    const name = origins[bots[start + 1] ?? -1] ?? ''
    counts.set(`${bots[start]}\n${name}`, bots[start + 2] ?? 0)
  }
  return counts
}

function pack(
  slots: ReadonlyMap<number, number>,
  counts: readonly ReadonlyMap<string | null, number>[],
  bots: ReadonlyMap<string, number>,
): DaySums {
  const indexes = new Map<string, number>()
  function indexOf(name: string | null): number {
    if (name === null || name === '') return -1
    const index = indexes.get(name) ?? indexes.size
    indexes.set(name, index)
    return index
  }
  return {
    slots: [...slots].flat(),
    counts: counts.map((each) => [...each].flatMap(([name, clicks]) => [indexOf(name), clicks])),
    bots: [...bots].flatMap(([key, clicks]) => {
      const [slot = '', name = ''] = key.split('\n')
      return [Number(slot), indexOf(name), clicks]
    }),
    origins: [...indexes.keys()],
  }
}
