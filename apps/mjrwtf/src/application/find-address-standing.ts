import type { UserId } from '../domain/user.ts'
import type { AddressRepository, AddressStanding } from './ports/address-repository.ts'
import type { Clock } from './ports/clock.ts'

/** Whether somebody's address was shown to be theirs, and which other one waits. */
export type FindAddressStanding = (userId: UserId) => Promise<AddressStanding>

export interface FindAddressStandingPorts {
  readonly addresses: Pick<AddressRepository, 'standing'>
  readonly clock: Clock
}

export function createFindAddressStanding(ports: FindAddressStandingPorts): FindAddressStanding {
  return function findAddressStanding(userId) {
    return ports.addresses.standing(userId, ports.clock.now())
  }
}
