import type { Clock } from 'coatcheck'
import { type DraftFields, draftLifetime } from '../../domain/draft.ts'
import type { UserId } from '../../domain/user.ts'
import type { DraftRepository } from '../ports/draft-repository.ts'

export interface DraftReference {
  readonly id: string
  readonly userId: UserId
  readonly path: string
}

/**
 * What was typed, for its owner, on its page, within the hour; else `null`, and why is not told. It stays, so
 * that a reload or the way back loses nothing.
 */
export type FindDraft = (reference: DraftReference) => Promise<DraftFields | null>

export interface FindDraftPorts {
  readonly drafts: DraftRepository
  readonly clock: Clock
}

/** What an id of ours looks like. Not every text can be asked of every database. */
const idPattern = /^[A-Za-z0-9_-]{22}$/

export function createFindDraft({ drafts, clock }: FindDraftPorts): FindDraft {
  return async function findDraft(reference) {
    if (!idPattern.test(reference.id)) return null
    return drafts.find({ ...reference, since: clock.now() - draftLifetime })
  }
}

/** Removes a draft of the user's, once its form was taken. */
export type DiscardDraft = (draft: Omit<DraftReference, 'path'>) => Promise<void>

export function createDiscardDraft({ drafts }: Pick<FindDraftPorts, 'drafts'>): DiscardDraft {
  return async function discardDraft({ id, userId }) {
    if (idPattern.test(id)) await drafts.remove(id, userId)
  }
}
