import type { Link, LinkDetails, LinkId } from '../../domain/link.ts'
import type { LinkEdit, LinkEditor } from '../../domain/link-edit.ts'
import type { TakeDown } from '../../domain/take-down.ts'
import type { Instant } from '../../domain/time.ts'
import type { UserId } from '../../domain/user.ts'
import type { PasswordHash } from './passwords.ts'

/** Identifies a link that the user owns. */
export interface OwnLink {
  readonly ownerId: UserId
  readonly shortCode: string
}

export interface LinkWithClicks extends Link {
  readonly clickCount: number
  /** Visits that count towards the click limit. */
  readonly admittedClicks: number
  /** `null` for a link that the operator has not taken down. */
  readonly takeDown: TakeDown | null
}

export interface LinkTotals {
  readonly links: number
  readonly clicks: number
}

/** When and how the owner edits a link, for its history. An edit without it is recorded at the time of the database. */
export interface LinkEditStamp {
  readonly at: Instant
  readonly by: LinkEditor
}

/** Details that are absent do not change. */
export interface LinkChanges extends Partial<LinkDetails> {
  /** `null`: visitors need no password. */
  readonly passwordHash?: PasswordHash | null
}

export interface NewLink extends Link {
  /** Absent or `null`: visitors need no password. */
  readonly passwordHash?: PasswordHash | null
}

/** The link of a short code, including a removed one. */
export interface ResolvedLink extends Link {
  readonly removedAt: Instant | null
  readonly takeDown: TakeDown | null
  /** Visits that count towards the click limit. */
  readonly admittedClicks: number
  /** `null` if visitors need no password. */
  readonly passwordHash: PasswordHash | null
}

/** A code that belongs, or once belonged, to a link. */
export interface FoundCode {
  readonly code: string
  /** See `codeKey`. */
  readonly key: string
  /** `null` if the code was removed from its link, or the link deleted with its owner's account. */
  readonly link: ResolvedLink | null
}

/** A link whose codes are read or changed. */
export type CodedLink = Pick<Link, 'id' | 'ownerId'>

export interface AddedCode {
  readonly code: string
  /** Whether it replaces the main code, which remains a further one. */
  readonly isMain: boolean
  readonly maxCodes: number
  readonly stamp: LinkEditStamp
}

export type AddCodeResult = 'added' | 'short-code-taken' | 'too-many' | 'not-found' | 'taken-down'

/** `owner-deleted`: the account was deleted in the meantime. The short code is still available. */
export type AddLinkResult = 'added' | 'short-code-taken' | 'owner-deleted'

/**
 * Stores links. An operation with an `ownerId` sees and changes only the links of that user that are not removed.
 * Rejects with `RepositoryError` only.
 */
export interface LinkRepository {
  /** Adds the link if its short code was never used. Of two parallel calls with one code, exactly one adds a link. */
  add(link: NewLink): Promise<AddLinkResult>
  /**
   * Finds a link by its main short code, in that case, even if it has expired or was removed, unless its owner's account
   * was deleted. Reads one row of each of two tables.
   */
  resolve(shortCode: string): Promise<ResolvedLink | null>
  /**
   * Finds all codes that ever belonged to a link and have one of the keys, at most 20, in one statement that reads them
   * from an index.
   */
  findCodes(keys: readonly string[]): Promise<readonly FoundCode[]>
  /** Finds a link by any of its codes: by the exact one, or else if all codes that differ by case lead to the link. */
  findOwn(link: OwnLink): Promise<LinkWithClicks | null>
  count(ownerId: UserId): Promise<LinkTotals>
  /**
   * Returns `false` if there is no such link, or if it is taken down: no change makes it redirect. A click limit on a link
   * that had none counts the clicks so far.
   */
  edit(link: OwnLink, changes: LinkChanges, stamp?: LinkEditStamp): Promise<boolean>
  /**
   * Counts a visit towards the click limit of the link, unless the limit is reached or the link is removed or taken down. Of
   * any number of parallel calls, in any number of processes, no more than the limit return `true`. `true` for a link
   * without a limit.
   */
  admit(id: LinkId): Promise<boolean>
  /** Archives the link, or puts it back. Idempotent: keeps the instant of an archived link. Returns `false` if there is no such link. */
  setArchived(link: OwnLink, isArchived: boolean, stamp: LinkEditStamp): Promise<boolean>
  /** The newest edits of the link, newest first: at most 30. Every change of a detail is one, by whomever. */
  listEdits(link: OwnLink): Promise<readonly LinkEdit[]>
  /** All codes of the link that redirect, its main one first. */
  listCodes(link: CodedLink): Promise<readonly string[]>
  /**
   * Adds a code to the link, or makes one of its codes the main one. A code that was removed from this link can be added
   * again. Of parallel calls for one code, exactly one link gets it, and no link gets more than `maxCodes`.
   */
  addCode(link: CodedLink, added: AddedCode): Promise<AddCodeResult>
  /** Removes a code that is not the main one. It is never assigned to another link. Returns `false` if there is none. */
  removeCode(link: CodedLink, code: string, at: Instant): Promise<boolean>
  /** Returns `false` if there is no such link. */
  remove(link: OwnLink, at: Instant): Promise<boolean>
}
