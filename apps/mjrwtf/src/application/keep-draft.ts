import { draftsPerUser, fitsDraft, isAnythingTyped, type TypedFields } from '../domain/draft.ts'
import type { UserId } from '../domain/user.ts'
import type { FormSeals } from './form-seals.ts'
import type { Limits } from './limits.ts'
import type { Clock } from './ports/clock.ts'
import type { DraftRepository } from './ports/draft-repository.ts'
import type { Secrets } from './ports/secrets.ts'

export interface KeepDraftRequest {
  /** From the form: for whom its page was made. */
  readonly seal: string
  /** Of the page that shows the form. */
  readonly path: string
  /** Only what may be kept: no password, no code. */
  readonly fields: TypedFields
}

export type KeepDraftResult =
  | { readonly status: 'kept'; readonly id: string; readonly userId: UserId }
  | { readonly status: 'nothing-typed' }
  | { readonly status: 'too-large' }
  | { readonly status: 'too-many'; readonly userId: UserId }
  /** The form was not made for a user that there is: nobody could ask for it. */
  | { readonly status: 'nobody' }

/** Keeps for an hour what was typed into a form that is not taken, for whom the form was made. Writes nothing for strangers. */
export type KeepDraft = (request: KeepDraftRequest) => Promise<KeepDraftResult>

export interface KeepDraftPorts {
  readonly drafts: DraftRepository
  readonly formSeals: FormSeals
  readonly limits: Pick<Limits, 'draft'>
  readonly secrets: Secrets
  readonly clock: Clock
}

export function createKeepDraft(ports: KeepDraftPorts): KeepDraft {
  const { drafts, formSeals, limits, secrets, clock } = ports
  return async function keepDraft({ seal, path, fields }) {
    if (!isAnythingTyped(fields)) return { status: 'nothing-typed' }
    if (!fitsDraft(fields)) return { status: 'too-large' }
    const userId = formSeals.open(seal)
    if (userId === null) return { status: 'nobody' }
    if ((await limits.draft(userId)) !== null) return { status: 'too-many', userId }
    const id = secrets.id()
    const draft = { id, userId, path, fields, createdAt: clock.now() }
    const added = await drafts.add(draft, draftsPerUser)
    return added ? { status: 'kept', id, userId } : { status: 'nobody' }
  }
}
