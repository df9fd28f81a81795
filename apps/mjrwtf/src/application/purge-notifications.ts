import type { Clock } from 'coatcheck'
import { emailInterval } from '../domain/anomaly.ts'
import type { NotificationRepository } from './ports/notification-repository.ts'

/** Forgets what was told so long ago that it may be told again. For a timer, now and then. */
export type PurgeNotifications = () => Promise<void>

export interface PurgeNotificationsPorts {
  readonly notifications: Pick<NotificationRepository, 'purge'>
  readonly clock: Clock
}

export function createPurgeNotifications({
  notifications,
  clock,
}: PurgeNotificationsPorts): PurgeNotifications {
  return function purgeNotifications() {
    return notifications.purge(clock.now() - emailInterval)
  }
}
