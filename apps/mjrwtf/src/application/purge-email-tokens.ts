import type { Clock } from 'coatcheck'
import type { EmailChangeRepository } from './ports/email-change-repository.ts'
import type { EmailTokenRepository } from './ports/email-token-repository.ts'

/** Removes mailed tokens and changes of address that are over. For a timer, now and then. */
export type PurgeEmailTokens = () => Promise<void>

export interface PurgeEmailTokensPorts {
  readonly emailTokens: Pick<EmailTokenRepository, 'purge'>
  readonly emailChanges: Pick<EmailChangeRepository, 'purge'>
  readonly clock: Clock
}

export function createPurgeEmailTokens(ports: PurgeEmailTokensPorts): PurgeEmailTokens {
  return async function purgeEmailTokens() {
    const now = ports.clock.now()
    await Promise.all([ports.emailTokens.purge(now), ports.emailChanges.purge(now)])
  }
}
