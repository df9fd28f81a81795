import { totalmem } from 'node:os'
import { startPostgresProcess } from '../../../tools/testing/postgres-server.ts'

export interface PostgresServer extends AsyncDisposable {
  readonly url: string
}

const mebibyte = 1024 * 1024

/** A quarter of the machine's memory, as is usual, and no more than half of what 10 million sessions take. */
function sharedBuffers(): string {
  return `${Math.min(4_096, Math.floor(totalmem() / 4 / mebibyte))}MB`
}

/** All that differs from what `initdb` sets: durability, autovacuum and the planner are as they come. */
const settings = [
  'max_connections=150',
  `shared_buffers=${sharedBuffers()}`,
  // Checkpoints come at the ends of fills, where they are asked for, and not into a round.
  'max_wal_size=12GB',
  'checkpoint_timeout=1h',
]

/** Starts a server that ends, and whose data is removed, with this process at the latest. */
export async function startServer(): Promise<PostgresServer> {
  const postgresProcess = startPostgresProcess(settings)
  return { url: await postgresProcess.url, [Symbol.asyncDispose]: postgresProcess.stop }
}
