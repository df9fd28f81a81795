import { createLogger } from '../adapters/logging/logger.ts'
import { openPersistence } from '../adapters/persistence/open-persistence.ts'
import type { Config } from '../config/config.ts'
import { drain } from './drain.ts'
import type { Features } from './features.ts'
import { wire } from './wire.ts'

/**
 * Runs the work of a command with the use cases of the server, on the same database, while the server runs or not. All
 * events and emails of the work are written and sent before it returns. Failures are logged on standard error.
 */
export async function withFeatures<Result>(
  config: Config,
  work: (features: Features) => Promise<Result>,
): Promise<Result> {
  const log = createLogger(config.logLevel === 'info' ? 'warn' : config.logLevel, 'stderr')
  const persistence = await openPersistence(config.database)
  try {
    // A cache needs a connection that reports changes, and a command verifies no session twice.
    const session = { ...config.session, cache: 'off' as const }
    const program = wire({ config: { ...config, session }, persistence, log })
    try {
      return await work(program.features)
    } finally {
      await drain(program)
    }
  } finally {
    await persistence.close()
  }
}
