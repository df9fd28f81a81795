import type { Clock } from 'coatcheck'
import type { UserId } from '../../domain/user.ts'
import type { EmailChangeRepository, EmailStatus } from '../ports/email-change-repository.ts'

/** Whether somebody's address was shown to be theirs, and which other one waits. */
export type GetEmailStatus = (userId: UserId) => Promise<EmailStatus>

export interface GetEmailStatusPorts {
  readonly emailChanges: Pick<EmailChangeRepository, 'status'>
  readonly clock: Clock
}

export function createGetEmailStatus(ports: GetEmailStatusPorts): GetEmailStatus {
  return function getEmailStatus(userId) {
    return ports.emailChanges.status(userId, ports.clock.now())
  }
}
