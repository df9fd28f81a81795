import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { PropagationResult } from '../report/results.ts'
import { type Child, startChild } from './child.ts'
import type { BenchOptions } from './options.ts'
import type { RunContext } from './run-context.ts'

/** Measures how soon a process rejects a session that another one revoked, on each database. */
export async function measurePropagation(
  { postgres, folder, log }: RunContext,
  { revocations }: BenchOptions,
): Promise<readonly PropagationResult[]> {
  log('propagation on PostgreSQL')
  const url = await postgres.create('propagation')
  const onPostgres = await measureBetween('PostgreSQL', ['postgres', url], revocations)
  log('propagation on SQLite')
  const file = join(folder, 'propagation')
  return [onPostgres, await measureBetween('SQLite', ['sqlite', file], revocations)]
}

async function measureBetween(
  backend: string,
  args: readonly [variant: string, database: string],
  revocations: number,
): Promise<PropagationResult> {
  // Sequential, because the first process creates the tables.
  const revoker = startChild('propagation-process.ts', args)
  await revoker.request({ command: 'token', userId: 'first' })
  const watcher = startChild('propagation-process.ts', args)
  const delays: number[] = []
  let hits = 0
  try {
    for (let number = 0; number < revocations; number += 1) {
      // At a different phase of the channel's heartbeat each time.
      await sleep((number * 7) % 20)
      const found = await revokeOnce(revoker, watcher, `user-${number}`)
      delays.push(found.delay)
      hits = found.hits
    }
  } finally {
    await revoker.stop()
    await watcher.stop()
  }
  return { backend, delays, hits }
}

async function revokeOnce(revoker: Child, watcher: Child, userId: string) {
  const { token } = Object(await revoker.request({ command: 'token', userId }))
  await watcher.request({ command: 'watch', token })
  const revoked = Object(await revoker.request({ command: 'revoke', token }))
  const seen = Object(await watcher.request({ command: 'seen' }))
  return { delay: Number(seen.at - revoked.at) / 1e6, hits: Number(seen.hits) }
}
