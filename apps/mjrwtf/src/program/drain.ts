import type { Program } from './wire.ts'

/** How long unsent emails may take, in ms. */
const emailTimeout = 5_000

/** Writes and sends all pending entries. A queue closes after those that add to it. */
export async function drain(program: Program): Promise<void> {
  const { queues, mailer, sessions, grants, features, batchRunner, writes } = program
  const {
    clicks,
    visits,
    unknownCodes,
    securityEvents,
    detection,
    emails,
    sharedTokenUses,
    tokenUses,
  } = queues
  writes.close()
  await features.transfer.runner.close()
  await batchRunner.close()
  await Promise.all([
    ...[emails.close(), detection.close()],
    ...[sharedTokenUses.close(), tokenUses.close(), visits.close(), unknownCodes.close()],
  ])
  const emailsSent = mailer.close(emailTimeout)
  await clicks.close()
  await sessions.close()
  await grants.close()
  // Each of the others may record security events while it closes.
  features.securityLog.recordCounts()
  await securityEvents.close()
  await emailsSent
}

/**
 * Writes what only this process knows: clicks that were redirected, security events and activity. For a process that
 * crashes: it depends on no other part than the queues and the database, and entries that were written are ignored.
 */
export async function writeQueues({ queues, sessions }: Program): Promise<void> {
  const { clicks, visits, securityEvents } = queues
  const writes = [clicks.close(), visits.close(), securityEvents.close(), sessions.flushActivity()]
  await Promise.allSettled(writes)
}
