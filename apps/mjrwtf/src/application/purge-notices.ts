import { letterInterval } from '../domain/anomaly.ts'
import type { Clock } from './ports/clock.ts'
import type { NoticeRepository } from './ports/notice-repository.ts'

/** Forgets what was told so long ago that it may be told again. For a timer, now and then. */
export type PurgeNotices = () => Promise<void>

export interface PurgeNoticesPorts {
  readonly notices: Pick<NoticeRepository, 'purge'>
  readonly clock: Clock
}

export function createPurgeNotices({ notices, clock }: PurgeNoticesPorts): PurgeNotices {
  return function purgeNotices() {
    return notices.purge(clock.now() - letterInterval)
  }
}
