import type { Clock } from 'coatcheck'
import { securityEventRetention } from '../domain/security-event.ts'
import type { SecurityEventRepository } from './ports/security-event-repository.ts'

/** Removes security events that are past their retention. For a timer, now and then. */
export type PurgeSecurityEvents = () => Promise<void>

export interface PurgeSecurityEventsPorts {
  readonly securityEvents: Pick<SecurityEventRepository, 'purge'>
  readonly clock: Clock
}

export function createPurgeSecurityEvents(ports: PurgeSecurityEventsPorts): PurgeSecurityEvents {
  return function purgeSecurityEvents() {
    return ports.securityEvents.purge(ports.clock.now() - securityEventRetention)
  }
}
