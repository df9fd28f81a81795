import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { migrateToNewest, openPersistence } from '../src/adapters/persistence/open-persistence.ts'
import type { DatabaseLocation } from '../src/adapters/persistence/persistence.ts'
import { createVerifyChain } from '../src/application/audit/verify-chain.ts'
import type { SecurityEvent } from '../src/domain/security-event.ts'
import { day } from '../src/domain/time.ts'
import { backup } from '../src/program/backup.ts'
import { move } from '../src/program/move.ts'
import { restore } from '../src/program/restore.ts'
import { databaseKinds } from './persistence.ts'
import { aFolder } from './support/backup-content.ts'
import { testChain } from './support/test-chain.ts'
import { configFor, openUnused } from './support/unused-database.ts'

const now = Date.UTC(2030, 0, 1)

function anEvent(n: number, userId: string): SecurityEvent {
  return {
    ...{ id: `event-${n}`, userId, at: now + n * day, kind: 'sign-in-failed', outcome: 'failure' },
    ...{ sessionId: null, ipAddress: null, userAgent: 'Firefox "\u00e9" 😀\0', detail: null },
  }
}

/** Events of two accounts, of which one is deleted, without the first that were purged. */
async function addChain(location: DatabaseLocation): Promise<void> {
  await migrateToNewest(location)
  const { users, accounts, securityEvents, close } = await openPersistence(location)
  for (const id of ['ann', 'bob']) {
    const user = {
      ...{ id, email: `${id}@users.test`, createdAt: now, isOperator: false, hasPassword: true },
      ...{ passwordVersion: 0, passwordResets: 0, secondFactors: 0 },
      ...{ passwordChangedBySession: null, passwordChangedAt: null },
    }
    await users.add({ user, passwordHash: 'hash' })
  }
  const events = Array.from({ length: 20 }, (_, n) => anEvent(n, n % 2 === 0 ? 'ann' : 'bob'))
  await securityEvents.add(events, testChain())
  await accounts.remove('bob')
  while (await accounts.removeDataBatch(testChain(now + 20 * day)));
  while (await securityEvents.purgeBatch(now + 5 * day, testChain(now + 20 * day)));
  await close()
}

async function verify(location: DatabaseLocation) {
  const { auditTrail, close } = await openPersistence(location)
  const report = await createVerifyChain({ auditTrail, verifier: testChain().keys })(now)
  await close()
  return report
}

const intact = { isIntact: true, events: 7, erased: 8, problems: [] }

describe.each([
  ['sqlite', 'postgres'],
  ['postgres', 'sqlite'],
] as const)('security log moved from %s to %s', (from, to) => {
  it('is intact, and has the same head', async () => {
    await using source = await openUnused(from)
    await using target = await openUnused(to)
    await addChain(source.location)
    await move(configFor(source.location), target.location)
    const report = await verify(target.location)
    expect(report).toMatchObject(intact)
    expect(report.state).toEqual((await verify(source.location)).state)
  })
})

it.each(databaseKinds)('a security log restored on %s is intact', async (kind) => {
  await using source = await openUnused(kind)
  await using target = await openUnused(kind)
  using folder = aFolder()
  await addChain(source.location)
  const output = join(folder.path, 'backup.tar.gz')
  await backup({ config: configFor(source.location), settings: {}, output })
  const options = { file: output, replace: true, keepSessions: true }
  await restore(configFor(target.location), options)
  const report = await verify(target.location)
  expect(report).toMatchObject({ isIntact: true, erased: 8, problems: [] })
  expect(report.events).toBeGreaterThanOrEqual(7)
})
