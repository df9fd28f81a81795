import type { PositionRange } from '../../domain/security-chain.ts'

/** Sorted, and joined where they touch. */
export function joinRanges(ranges: readonly PositionRange[]): readonly PositionRange[] {
  const joined: [number, number][] = []
  for (const [from, to] of ranges.toSorted((one, other) => one[0] - other[0])) {
    const last = joined.at(-1)
    if (last !== undefined && from <= last[1] + 1) last[1] = Math.max(last[1], to)
    else joined.push([from, to])
  }
  return joined
}

/** The first range of `ranges` that no range of `others` contains, or `null`. Both are joined. */
export function firstOutside(
  ranges: readonly PositionRange[],
  others: readonly PositionRange[],
): PositionRange | null {
  let next = 0
  for (const [from, to] of ranges) {
    while ((others[next]?.[1] ?? Number.POSITIVE_INFINITY) < from) next += 1
    const [start, end] = others[next] ?? [Number.POSITIVE_INFINITY, 0]
    if (start > from || end < to) return [from, to]
  }
  return null
}

export function countPositions(ranges: readonly PositionRange[]): number {
  return ranges.reduce((sum, [from, to]) => sum + to - from + 1, 0)
}
