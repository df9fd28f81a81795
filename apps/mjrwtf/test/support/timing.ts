/** Does something once, and says how long the part that counts took, in ms. */
export type TimedRun = () => Promise<number>

export async function timeOf(run: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now()
  await run()
  return performance.now() - startedAt
}

/**
 * Takes that many times of each kind in turns, each kind as often first as last, so that whatever else the machine does
 * befalls all alike.
 */
export async function timesOf<Kind extends string>(
  kinds: Readonly<Record<Kind, TimedRun>>,
  count: number,
  afterRound: () => Promise<void>,
): Promise<ReadonlyMap<string, readonly number[]>> {
  const entries = Object.entries<TimedRun>(kinds)
  const times = new Map(entries.map(([kind]): [string, number[]] => [kind, []]))
  for (let round = 0; round < count; round += 1) {
    for (let turn = 0; turn < entries.length; turn += 1) {
      const [kind, run] = entries[(round + turn) % entries.length] ?? ['', async () => 0]
      times.get(kind)?.push(await run())
    }
    await afterRound()
  }
  return times
}

/**
 * How likely a time of the one kind is above one of the other: 0.5 where they tell nobody apart, 0 or 1 where they always
 * do. Of 200 each that come from one distribution it strays by 0.03 (one standard deviation).
 */
export function probabilityAbove(first: readonly number[], second: readonly number[]): number {
  const above = first.map(
    (time) =>
      second.filter((each) => each < time).length +
      second.filter((each) => each === time).length / 2,
  )
  return above.reduce((sum, count) => sum + count, 0) / (first.length * second.length)
}

/** Four standard deviations of 200 samples: what differs by as much is no accident. */
export const minDetectable = 0.12
