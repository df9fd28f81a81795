import type { UserId } from '../domain/user.ts'
import type { AddressRepository } from './ports/address-repository.ts'
import type { Clock } from './ports/clock.ts'

/** Calls off the change of address that waits. `false` when there is none. */
export type CancelAddressChange = (userId: UserId) => Promise<boolean>

export interface CancelAddressChangePorts {
  readonly addresses: Pick<AddressRepository, 'cancelChange'>
  readonly clock: Clock
}

export function createCancelAddressChange(ports: CancelAddressChangePorts): CancelAddressChange {
  return async function cancelAddressChange(userId) {
    return (await ports.addresses.cancelChange({ userId }, ports.clock.now())) !== null
  }
}
