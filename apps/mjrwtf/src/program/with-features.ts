import { createLogger } from '../adapters/logging/logger.ts'
import { openPersistence, openSchema } from '../adapters/persistence/open-persistence.ts'
import type { Persistence } from '../adapters/persistence/persistence.ts'
import type { Schema } from '../application/ports/schema.ts'
import type { Config } from '../config/config.ts'
import { drain } from './drain.ts'
import type { Features } from './features.ts'
import { wire } from './wire.ts'

/**
 * Runs the work of a command with the use cases of the server, on the same database, while the server runs or not. All
 * events and emails of the work are written and sent before it returns. Failures are logged on standard error.
 */
export function withFeatures<Result>(
  config: Config,
  work: (features: Features) => Promise<Result>,
): Promise<Result> {
  const log = createLogger({
    level: config.logLevel === 'info' ? 'warn' : config.logLevel,
    format: config.logFormat,
    output: 'stderr',
  })
  return withPersistence(config, async (persistence) => {
    // A cache needs a connection that reports changes, and a command verifies no session twice.
    const session = { ...config.session, cache: 'off' as const }
    // Standard output is for the result.
    const print = (text: string) => void process.stderr.write(text)
    const program = wire({ config: { ...config, session }, persistence, log, print })
    try {
      return await work(program.features)
    } finally {
      await drain(program)
    }
  })
}

/** Runs the work of a command on the database, for work that no use case of the server does. */
export async function withPersistence<Result>(
  config: Config,
  work: (persistence: Persistence) => Promise<Result>,
): Promise<Result> {
  const persistence = await openPersistence(config.database)
  try {
    return await work(persistence)
  } finally {
    await persistence.close()
  }
}

/** Runs the work of a command on the tables of the database, whatever their version. */
export async function withSchema<Result>(
  { migration }: Config,
  work: (schema: Schema) => Promise<Result>,
): Promise<Result> {
  const schema = openSchema(migration.database)
  return work(schema).finally(schema.close)
}
