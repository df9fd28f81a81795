import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createChainSigner } from '../../apps/mjrwtf/src/adapters/crypto/chain-keys.ts'
import {
  migrateToNewest,
  openPersistence,
} from '../../apps/mjrwtf/src/adapters/persistence/open-persistence.ts'
import type {
  DatabaseLocation,
  Persistence,
} from '../../apps/mjrwtf/src/adapters/persistence/persistence.ts'
import { createVerifyChain } from '../../apps/mjrwtf/src/application/audit/verify-chain.ts'
import type { SecurityEvent } from '../../apps/mjrwtf/src/domain/security-event.ts'

/**
 * Measures the hash chain of security events: `node benchmarks/audit/measure-chain.ts [EVENTS] [DATABASE_URL]`. Without a
 * URL, a SQLite file in the temporary folder. With one, an empty PostgreSQL database.
 */
const [count = 1_000_000, url = ''] = [Number(process.argv[2] ?? 1_000_000), process.argv[3]]
const batchSize = 1_000
const keys = createChainSigner(['the-secret-key-of-a-benchmark-0'])
const start = Date.UTC(2030, 0, 1)

function anEvent(n: number): SecurityEvent {
  return {
    ...{ id: `${n}`.padStart(22, '0'), userId: `user-${n % 100}`, at: start + n * 10 },
    ...{ kind: 'sign-in-failed', outcome: 'failure', sessionId: `${n}`.padStart(22, 's') },
    ...{ ipAddress: '192.0.2.7', detail: null },
    userAgent: 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/140.0.0.0 Safari/537.36',
  }
}

async function addUsers({ users }: Persistence): Promise<void> {
  for (let n = 0; n < 100; n += 1) {
    const user = {
      ...{ id: `user-${n}`, email: `${n}@users.test`, createdAt: start, isOperator: false },
      ...{ hasPassword: true, passwordVersion: 0, passwordResets: 0, secondFactors: 0 },
      ...{ passwordChangedBySession: null, passwordChangedAt: null },
    }
    await users.add({ user, passwordHash: 'hash' })
  }
}

/** Wall clock and processor time, in seconds. */
function startTimer(): () => string {
  const [wall, processor] = [performance.now(), process.cpuUsage()]
  return () => {
    const { user, system } = process.cpuUsage(processor)
    const seconds = ((performance.now() - wall) / 1_000).toFixed(1)
    return `${seconds} s (${((user + system) / 1e6).toFixed(1)} s of processor time)`
  }
}

async function measure(location: DatabaseLocation): Promise<void> {
  await migrateToNewest(location)
  const persistence = await openPersistence(location)
  await addUsers(persistence)
  const { securityEvents, auditTrail } = persistence
  const appending = startTimer()
  for (let n = 0; n < count; n += batchSize) {
    const batch = Array.from({ length: batchSize }, (_, index) => anEvent(n + index))
    await securityEvents.add(batch, { keys, now: start })
  }
  console.log(`${count} events appended in batches of ${batchSize}: ${appending()}`)
  const verifying = startTimer()
  const report = await createVerifyChain({ auditTrail, verifier: keys })(start)
  console.log(`verified ${report.events} events, intact ${report.isIntact}: ${verifying()}`)
  console.log(`resident memory: ${Math.round(process.memoryUsage().rss / 2 ** 20)} MiB`)
  await persistence.close()
}

const folder = mkdtempSync(join(tmpdir(), 'mjrwtf-audit-'))
try {
  await measure(
    url === '' ? { kind: 'sqlite', file: join(folder, 'mjrwtf.db') } : { kind: 'postgres', url },
  )
} finally {
  rmSync(folder, { recursive: true })
}
