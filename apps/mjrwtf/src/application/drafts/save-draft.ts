import type { Clock } from 'coatcheck'
import {
  type DraftFields,
  hasContent,
  isWithinDraftLimit,
  maxDraftsPerUser,
} from '../../domain/draft.ts'
import type { UserId } from '../../domain/user.ts'
import type { DraftRepository } from '../ports/draft-repository.ts'
import type { Secrets } from '../ports/secrets.ts'
import type { Limits } from '../shared/rate-limits.ts'
import type { FormOwnerTokens } from './form-owner-token.ts'

export interface SaveDraftRequest {
  /** From the form: for whom its page was made. */
  readonly ownerToken: string
  /** Of the page that shows the form. */
  readonly path: string
  /** Only what may be kept: no password, no code. */
  readonly fields: DraftFields
}

export type SaveDraftResult =
  | { readonly status: 'saved'; readonly id: string; readonly userId: UserId }
  | { readonly status: 'empty' }
  | { readonly status: 'too-large' }
  | { readonly status: 'too-many'; readonly userId: UserId }
  /** The form was not made for a user that there is: nobody could ask for it. */
  | { readonly status: 'unknown-user' }

/** Keeps for an hour what was typed into a form that is not taken, for whom the form was made. Writes nothing for strangers. */
export type SaveDraft = (request: SaveDraftRequest) => Promise<SaveDraftResult>

export interface SaveDraftPorts {
  readonly drafts: DraftRepository
  readonly formOwnerTokens: FormOwnerTokens
  readonly limits: Pick<Limits, 'draft'>
  readonly secrets: Pick<Secrets, 'id'>
  readonly clock: Clock
}

export function createSaveDraft(ports: SaveDraftPorts): SaveDraft {
  const { drafts, formOwnerTokens, limits, secrets, clock } = ports
  return async function saveDraft({ ownerToken, path, fields }) {
    if (!hasContent(fields)) return { status: 'empty' }
    if (!isWithinDraftLimit(fields)) return { status: 'too-large' }
    const userId = formOwnerTokens.verify(ownerToken)
    if (userId === null) return { status: 'unknown-user' }
    if ((await limits.draft(userId)) !== null) return { status: 'too-many', userId }
    const id = secrets.id()
    const draft = { id, userId, path, fields, createdAt: clock.now() }
    const added = await drafts.add(draft, maxDraftsPerUser)
    return added ? { status: 'saved', id, userId } : { status: 'unknown-user' }
  }
}
