import { totalmem } from 'node:os'
import { startPostgresProcess } from '../../../tools/testing/postgres-server.ts'

export interface PostgresServer extends AsyncDisposable {
  readonly url: string
}

const mebibyte = 1024 * 1024

/** A quarter of the machine's memory, as usual, and at most half of the size of 10 million sessions. */
function sharedBuffers(): string {
  return `${Math.min(4_096, Math.floor(totalmem() / 4 / mebibyte))}MB`
}

/** Differences from the defaults of `initdb`: durability, autovacuum and planner settings are unchanged. */
const settings = [
  'max_connections=150',
  `shared_buffers=${sharedBuffers()}`,
  // Checkpoints run at the end of fills, where they are requested, and not during a round.
  'max_wal_size=12GB',
  'checkpoint_timeout=1h',
]

/** Starts a server that ends, and whose data is removed, at the latest when this process exits. */
export async function startServer(): Promise<PostgresServer> {
  const postgresProcess = startPostgresProcess(settings)
  return { url: await postgresProcess.url, [Symbol.asyncDispose]: postgresProcess.stop }
}
