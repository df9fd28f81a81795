import type { Click } from '../../domain/click.ts'
import type { Link, LinkId } from '../../domain/link.ts'
import type { ImportFormat } from '../../domain/link-import.ts'
import type { Instant } from '../../domain/time.ts'
import type { UserId } from '../../domain/user.ts'

/** Opaque: 22 characters of base64url. */
export type ImportId = string

/**
 * `checking`: the file is being read. `ready`: it was checked, and no link exists yet. `running`: its links are added.
 * `canceling`: the links that were added are being removed. `done` and `canceled` never change.
 */
export type ImportState = 'checking' | 'ready' | 'running' | 'canceling' | 'done' | 'canceled'

/** Why a line of the file adds no link. */
export interface ImportProblem {
  /** Of the file, from 1; of a file without lines, the number of the record. */
  readonly line: number
  readonly shortCode: string
  readonly message: string
}

/** What a file contains. */
export interface ImportSummary {
  readonly format: ImportFormat | 'old-database'
  /** Links that can be added. */
  readonly links: number
  /** Lines with a problem, of which `problems` has the first. */
  readonly problemCount: number
  readonly problems: readonly ImportProblem[]
}

/** The import of one file. */
export interface LinkImport extends ImportSummary {
  readonly id: ImportId
  readonly ownerId: UserId
  readonly fileName: string
  readonly state: ImportState
  readonly createdAt: Instant
  /** Links that were added so far. */
  readonly added: number
  /** Steps, and those that are complete. */
  readonly steps: number
  readonly completedSteps: number
}

export interface NewImport {
  readonly id: ImportId
  readonly ownerId: UserId
  readonly fileName: string
  readonly createdAt: Instant
}

/** A link of the file, and its line. */
export interface StagedLink {
  readonly line: number
  readonly link: Link
}

/** What one step adds. A click belongs to a link of this step or an earlier one. */
export interface ImportStep {
  readonly links: readonly StagedLink[]
  readonly clicks: readonly Click[]
}

/** Links of a step, and at most one click of each, which are the same whenever the step is repeated. */
export interface AddedLinks {
  readonly links: readonly Link[]
  readonly firstClicks: readonly Click[]
}

export interface OwnImport {
  readonly ownerId: UserId
  readonly id: ImportId
}

/**
 * Stores files that are imported in steps. A step can be repeated, also by two processes at once: a link or a click is
 * added once. So an import continues where a process stopped in any way. Rejects with `RepositoryError` only.
 */
export interface ImportRepository {
  /**
   * Adds an import in the state `checking`, and deletes others of the owner that never started. Returns `false` if the
   * owner's account was deleted.
   */
  create(newImport: NewImport): Promise<boolean>
  /** Returns `false` if the import was deleted, because the owner has uploaded another file. */
  addStep(id: ImportId, number: number, step: ImportStep): Promise<boolean>
  /** `checking` to `ready`. Returns `false` if it was deleted meanwhile. */
  finishCheck(id: ImportId, summary: ImportSummary & { readonly steps: number }): Promise<boolean>
  /** Deletes an import that never started. */
  discard(own: OwnImport): Promise<boolean>
  find(own: OwnImport): Promise<LinkImport | null>
  /** The latest of the owner, or `null`. */
  findLatest(ownerId: UserId): Promise<LinkImport | null>
  /** `ready` to `running`. Returns `false` if another import of the owner is running. Of two parallel calls one returns `true`. */
  start(own: OwnImport, at: Instant): Promise<boolean>
  /** `running` to `canceling`. */
  cancel(own: OwnImport, at: Instant): Promise<boolean>
  /** Imports that are running or being canceled, and on which no process has worked since `since`. */
  listAbandoned(since: Instant): Promise<readonly ImportId[]>
  /** State and steps of any owner's import, or `null` if it was deleted. */
  progress(id: ImportId): Promise<ImportProgress | null>
  readStep(id: ImportId, number: number): Promise<ImportStep | null>
  /**
   * Adds the links of a step whose codes were never used, each with its first click, while the import is running, and
   * returns `false` if it is not. A link that was added before stays as it is, and the clicks of others are ignored.
   */
  addLinks(id: ImportId, added: AddedLinks): Promise<boolean>
  /** Marks the step as complete, unless it is, or the import is not running. */
  completeStep(id: ImportId, number: number, at: Instant): Promise<void>
  /** Which of these links exist. */
  existing(ids: readonly LinkId[]): Promise<ReadonlySet<LinkId>>
  /** The keys of codes that were ever used, of those given. */
  usedKeys(keys: readonly string[]): Promise<ReadonlySet<string>>
  /** `running` to `done`: deletes the steps, and sets what was added. */
  finish(
    id: ImportId,
    result: Omit<ImportSummary, 'format' | 'links'> & { readonly added: number },
  ): Promise<void>
  /** While the import is being canceled: deletes links of it with their codes and clicks, as if they had never been. */
  removeLinks(id: ImportId, ids: readonly LinkId[]): Promise<void>
  /** `canceling` to `canceled`: deletes the steps. */
  finishCancel(id: ImportId): Promise<void>
  /** Deletes imports, except running ones, that were created until then. Returns whether there may be more. */
  purgeBatch(until: Instant): Promise<boolean>
}

export interface ImportProgress {
  readonly ownerId: UserId
  readonly state: ImportState
  readonly steps: number
  readonly completedSteps: number
}
