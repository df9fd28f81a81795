import type { AddressRepository } from './ports/address-repository.ts'
import type { Clock } from './ports/clock.ts'
import type { MailedTokenRepository } from './ports/mailed-token-repository.ts'

/** Removes mailed tokens and changes of address that are over. For a timer, now and then. */
export type PurgeMailedTokens = () => Promise<void>

export interface PurgeMailedTokensPorts {
  readonly mailedTokens: Pick<MailedTokenRepository, 'purge'>
  readonly addresses: Pick<AddressRepository, 'purge'>
  readonly clock: Clock
}

export function createPurgeMailedTokens(ports: PurgeMailedTokensPorts): PurgeMailedTokens {
  return async function purgeMailedTokens() {
    const now = ports.clock.now()
    await Promise.all([ports.mailedTokens.purge(now), ports.addresses.purge(now)])
  }
}
