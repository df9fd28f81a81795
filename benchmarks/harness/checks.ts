import { join } from 'node:path'
import { cases } from '../cases/all-cases.ts'
import type { CheckResult } from '../report/results.ts'
import { startChild } from './child.ts'
import type { BenchOptions } from './options.ts'
import type { RunContext } from './run-context.ts'

/** Measures verification without HTTP, in one process, in turns. */
export async function measureChecks(
  { postgres, folder, log }: RunContext,
  { sessions, rounds }: BenchOptions,
): Promise<readonly CheckResult[]> {
  log('checks alone')
  const url = await postgres.create('checks')
  const args = [String(sessions), url, join(folder, 'checks')]
  const child = startChild('../cases/peers/checks-process.ts', args)
  const found = new Map<string, number[]>()
  try {
    // Warms the caches and is not counted.
    await child.request({ seconds: 1, rotations: 1 })
    for (let round = 0; round < rounds; round += 1) {
      count(await child.request({ seconds: 1, rotations: 0 }), found)
    }
  } finally {
    await child.stop()
  }
  return [...found].map(([name, cpu]) => ({ name, title: titleOf(name), cpu }))
}

function count(answer: unknown, found: Map<string, number[]>): void {
  for (const [name, cpu] of Object.entries(Object(answer))) {
    found.set(name, [...(found.get(name) ?? []), Number(cpu)])
  }
}

function titleOf(name: string): string {
  return cases.find((each) => each.name === name)?.title ?? name
}
