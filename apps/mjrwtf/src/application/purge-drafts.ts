import type { Clock } from 'coatcheck'
import { draftLifetime } from '../domain/draft.ts'
import type { DraftRepository } from './ports/draft-repository.ts'

/** Removes drafts that nobody came back for. For a timer, now and then. */
export type PurgeDrafts = () => Promise<void>

export interface PurgeDraftsPorts {
  readonly drafts: Pick<DraftRepository, 'purge'>
  readonly clock: Clock
}

export function createPurgeDrafts({ drafts, clock }: PurgeDraftsPorts): PurgeDrafts {
  return function purgeDrafts() {
    return drafts.purge(clock.now() - draftLifetime)
  }
}
