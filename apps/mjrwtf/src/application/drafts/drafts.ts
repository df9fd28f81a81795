import type { Clock } from 'coatcheck'
import {
  type DraftFields,
  draftLifetime,
  draftLimits,
  hasContent,
  isWithinDraftLimit,
} from '../../domain/draft.ts'
import type { UserId } from '../../domain/user.ts'
import type { DraftRepository } from '../ports/draft-repository.ts'
import type { Secrets, Signer } from '../ports/secrets.ts'
import type { Limits } from '../shared/rate-limits.ts'
import { createFormOwnerTokens, type FormOwner } from './form-owner-token.ts'

export interface SaveDraftRequest {
  /** From the hidden field of the form: the user for whom the form was rendered. */
  readonly ownerToken: string
  /** Path of the page with the form. */
  readonly path: string
  /** Without passwords and codes. */
  readonly fields: DraftFields
}

export type SaveDraftResult =
  | { readonly status: 'saved'; readonly id: string; readonly userId: UserId }
  | { readonly status: 'empty' }
  | { readonly status: 'too-large' }
  | { readonly status: 'too-many'; readonly userId: UserId }
  /** The form was not rendered for an existing user, so the draft could never be found. */
  | { readonly status: 'unknown-user' }

export interface DraftReference {
  readonly id: string
  readonly userId: UserId
  readonly path: string
}

/** Saves the input of a form that cannot be accepted, for the user for whom it was rendered. */
export interface Drafts {
  /** Signs the owner for the hidden field of a form. */
  signOwner(owner: FormOwner): string
  /** Saves the input for one hour. Saves nothing for anonymous visitors. */
  save(request: SaveDraftRequest): Promise<SaveDraftResult>
  /**
   * Returns the fields if the draft belongs to that user and page and is less than an hour old, else `null` without a
   * reason. Does not remove the draft, so that the user can reload or go back.
   */
  find(reference: DraftReference): Promise<DraftFields | null>
  /** Removes the user's draft after its form was accepted. */
  discard(draft: Omit<DraftReference, 'path'>): Promise<void>
}

export interface DraftsDependencies {
  readonly drafts: DraftRepository
  readonly signer: Signer
  readonly limits: Pick<Limits, 'draft'>
  readonly secrets: Pick<Secrets, 'id'>
  readonly clock: Clock
}

/** The format of our ids. Other texts are not queried, because a database may reject them. */
const idPattern = /^[A-Za-z0-9_-]{22}$/

export function createDrafts(dependencies: DraftsDependencies): Drafts {
  const { drafts, limits, secrets, clock } = dependencies
  const formOwnerTokens = createFormOwnerTokens(dependencies)
  return {
    signOwner: formOwnerTokens.sign,
    async save({ ownerToken, path, fields }) {
      if (!hasContent(fields)) return { status: 'empty' }
      if (!isWithinDraftLimit(fields)) return { status: 'too-large' }
      const owner = formOwnerTokens.verify(ownerToken)
      if (owner === null) return { status: 'unknown-user' }
      const { userId } = owner
      if ((await limits.draft(owner)) !== null) return { status: 'too-many', userId }
      const id = secrets.id()
      const draft = { id, ...owner, path, fields, createdAt: clock.now() }
      const added = await drafts.add(draft, draftLimits)
      return added ? { status: 'saved', id, userId } : { status: 'unknown-user' }
    },
    async find(reference) {
      if (!idPattern.test(reference.id)) return null
      return drafts.find({ ...reference, since: clock.now() - draftLifetime })
    },
    async discard({ id, userId }) {
      if (idPattern.test(id)) await drafts.remove(id, userId)
    },
  }
}
