import type { Clock } from 'coatcheck'
import type { UserId } from '../../domain/user.ts'
import type { EmailChangeRepository } from '../ports/email-change-repository.ts'

/** Calls off the change of address that waits. `false` when there is none. */
export type CancelEmailChange = (userId: UserId) => Promise<boolean>

export interface CancelEmailChangePorts {
  readonly emailChanges: Pick<EmailChangeRepository, 'cancelChange'>
  readonly clock: Clock
}

export function createCancelEmailChange(ports: CancelEmailChangePorts): CancelEmailChange {
  return async function cancelEmailChange(userId) {
    return (await ports.emailChanges.cancelChange({ userId }, ports.clock.now())) !== null
  }
}
