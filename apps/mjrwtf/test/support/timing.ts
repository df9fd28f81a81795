/** Performs one run and returns the duration of its measured part in ms. */
export type TimedRun = () => Promise<number>

export async function timeOf(run: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now()
  await run()
  return performance.now() - startedAt
}

/**
 * Measures each kind `count` times, alternating their order so that other load on the machine
 * affects all kinds alike.
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
 * Probability that a time of the first kind exceeds one of the second: 0.5 if they cannot be
 * distinguished, 0 or 1 if they always can. For 200 samples each from one distribution, the
 * standard deviation is 0.03.
 */
export function probabilityAbove(first: readonly number[], second: readonly number[]): number {
  const above = first.map(
    (time) =>
      second.filter((each) => each < time).length +
      second.filter((each) => each === time).length / 2,
  )
  return above.reduce((sum, count) => sum + count, 0) / (first.length * second.length)
}

/** Four standard deviations for 200 samples: a larger difference is significant. */
export const minDetectable = 0.12
