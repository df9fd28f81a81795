import type { Clock } from 'coatcheck'
import type { DraftRepository } from '../ports/draft-repository.ts'
import type { Secrets, Signer } from '../ports/secrets.ts'
import type { Limits } from '../shared/rate-limits.ts'
import {
  createDiscardDraft,
  createFindDraft,
  type DiscardDraft,
  type FindDraft,
} from './find-draft.ts'
import { createFormOwnerTokens, type FormOwnerTokens } from './form-owner-token.ts'
import { createSaveDraft, type SaveDraft } from './save-draft.ts'

/** Saves form input for its user when a form cannot be accepted. */
export interface Drafts {
  /** Signs the user id for the hidden field of a form. */
  readonly signOwner: FormOwnerTokens['sign']
  readonly save: SaveDraft
  readonly find: FindDraft
  readonly discard: DiscardDraft
}

export interface DraftsDependencies {
  readonly drafts: DraftRepository
  readonly signer: Signer
  readonly limits: Pick<Limits, 'draft'>
  readonly secrets: Pick<Secrets, 'id'>
  readonly clock: Clock
}

export function createDrafts(dependencies: DraftsDependencies): Drafts {
  const formOwnerTokens = createFormOwnerTokens(dependencies)
  return {
    signOwner: formOwnerTokens.sign,
    save: createSaveDraft({ ...dependencies, formOwnerTokens }),
    find: createFindDraft(dependencies),
    discard: createDiscardDraft(dependencies),
  }
}
