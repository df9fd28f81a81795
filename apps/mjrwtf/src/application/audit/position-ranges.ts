import type { PositionRange } from '../../domain/security-chain.ts'

/** The first positions of the ranges, at most `limit`. */
export function positionsIn(ranges: readonly PositionRange[], limit: number): readonly number[] {
  const positions: number[] = []
  for (const [from, to] of ranges) {
    for (let position = from; position <= to && positions.length < limit; position += 1) {
      positions.push(position)
    }
  }
  return positions
}

export function countPositions(ranges: readonly PositionRange[]): number {
  return ranges.reduce((sum, [from, to]) => sum + to - from + 1, 0)
}
