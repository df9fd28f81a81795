import type { Clock } from 'coatcheck'
import {
  type LinkChangeKind,
  linksPerStep,
  opposites,
  restorableSince,
} from '../../domain/link-change.ts'
import { parseTag, tagKey } from '../../domain/tag.ts'
import type { UserId } from '../../domain/user.ts'
import type {
  ChangeSelection,
  LinkChangeRepository,
  RemovedLink,
  RemovedLinksRequest,
  StoredLinkChange,
} from '../ports/link-change-repository.ts'
import type { LinkLists } from '../ports/link-list.ts'
import type { Secrets } from '../ports/secrets.ts'

export interface ChangeLinksRequest {
  readonly ownerId: UserId
  readonly kind: LinkChangeKind
  /** Required for changes of tags, otherwise ignored. */
  readonly tag: string
  /** Required for `rename-tag`, otherwise ignored. */
  readonly newTag: string
  /**
   * The codes of the links, or which of the user's links, or all links with the tag, also archived ones. A tag is always
   * renamed on the latter.
   */
  readonly links: readonly string[] | ChangeSelection | 'tagged'
}

export type ChangeLinksResult =
  | { readonly status: 'changed'; readonly id: string }
  | { readonly status: 'invalid'; readonly message: string }
  | { readonly status: 'owner-deleted' }

export interface LinkChangeState extends StoredLinkChange {
  readonly isComplete: boolean
}

interface OwnChange {
  readonly ownerId: UserId
  readonly id: string
}

/** Changes of many links at once, which can be undone. Each call changes at most `linksPerStep` links, in short steps. */
export interface ChangeLinks {
  readonly change: (request: ChangeLinksRequest) => Promise<ChangeLinksResult>
  /** Changes the next links of a change that is not complete, or of its undoing. Returns `null` for an unknown change. */
  readonly proceed: (own: OwnChange) => Promise<LinkChangeState | null>
  /** Undoes the change where no later one has followed. Returns `null` if it is unknown or cannot be undone. */
  readonly undo: (own: OwnChange) => Promise<LinkChangeState | null>
  readonly find: (own: OwnChange) => Promise<LinkChangeState | null>
  /** The deleted links that can be restored, the last deleted first. */
  readonly listRemoved: (
    request: Omit<RemovedLinksRequest, 'removedSince'>,
  ) => Promise<readonly RemovedLink[]>
}

export interface ChangeLinksDependencies {
  readonly links: LinkLists
  readonly linkChanges: LinkChangeRepository
  readonly secrets: Pick<Secrets, 'id'>
  readonly clock: Clock
}

/** Links per statement, which blocks the process on SQLite. */
const batchSize = 50
const batchesPerStep = linksPerStep / batchSize

const noFilter = { tag: null, state: null, createdFrom: null, createdBefore: null }

export function createChangeLinks(dependencies: ChangeLinksDependencies): ChangeLinks {
  const { linkChanges, secrets, clock } = dependencies

  async function stateOf({ ownerId, id }: OwnChange): Promise<LinkChangeState | null> {
    const change = await linkChanges.find(ownerId, id)
    if (change === null) return null
    const { undoneAt, next, hasLinks } = change
    return { ...change, isComplete: undoneAt === null ? next === null : !hasLinks }
  }

  async function undoNext(change: StoredLinkChange): Promise<LinkChangeState> {
    for (let batch = 0; batch < batchesPerStep; batch += 1) {
      const undone = await linkChanges.undo(change, clock.now(), batchSize)
      if (undone < batchSize) return { ...change, isComplete: true }
    }
    return { ...change, isComplete: false }
  }

  return {
    find: stateOf,
    async change(request) {
      const links = selectionOf(request)
      const problem = problemOf({ ...request, links })
      if (problem !== null) return { status: 'invalid', message: problem }
      const { ownerId, kind } = request
      const isChosen = isCodes(links)
      const change = {
        ...{ id: secrets.id(), ownerId, kind, tag: storedTag(request.tag) },
        newTag: storedTag(request.newTag),
        selection: isChosen ? { filter: noFilter, query: '' } : links,
        createdAt: clock.now(),
        next: isChosen ? null : ('start' as const),
      }
      if (!(await linkChanges.add(change))) return { status: 'owner-deleted' }
      if (isChosen) {
        const changed = await linkChanges.apply(change, { shortCodes: links }, clock.now())
        await linkChanges.advance(change, { links: changed, next: null })
      } else {
        await changeNext(dependencies, { ...change, links: 0, undoneAt: null, hasLinks: false })
      }
      return { status: 'changed', id: change.id }
    },
    async proceed(own) {
      const change = await linkChanges.find(own.ownerId, own.id)
      if (change === null) return null
      if (change.undoneAt !== null) return undoNext(change)
      await changeNext(dependencies, change)
      return stateOf(own)
    },
    async undo(own) {
      const change = await linkChanges.find(own.ownerId, own.id)
      if (change === null || opposites[change.kind] === null) return null
      await linkChanges.startUndo(change, clock.now())
      return undoNext({ ...change, undoneAt: change.undoneAt ?? clock.now() })
    },
    listRemoved: (request) =>
      linkChanges.listRemoved({ ...request, removedSince: restorableSince(clock.now()) }),
  }
}

/** Changes the next links of the selection: in the order of their creation, so that none is changed twice. */
async function changeNext(
  { links, linkChanges, clock }: ChangeLinksDependencies,
  change: StoredLinkChange,
): Promise<void> {
  const { ownerId, selection } = change
  const sort = { by: 'created', isDescending: true } as const
  let { next } = change
  for (let batch = 0; batch < batchesPerStep && next !== null; batch += 1) {
    const start = next === 'start' ? null : ({ direction: 'older', place: next } as const)
    const now = clock.now()
    const list = { ownerId, filter: selection.filter, sort, limit: batchSize, start, now }
    const page =
      selection.query === ''
        ? await links.list({ ...list, offset: 0 })
        : await links.search({ ...list, query: selection.query })
    const ids = page.links.map(({ id }) => id)
    const changed = ids.length === 0 ? 0 : await linkChanges.apply(change, { ids }, now)
    await linkChanges.advance({ ...change, next }, { links: changed, next: page.next })
    next = page.next
  }
}

/** As `parseTag` returns it. One that is only compared may be of an older rule. */
function storedTag(text: string): string {
  const parsed = parseTag(text)
  return parsed.status === 'ok' ? parsed.value : text.trim()
}

function selectionOf({
  kind,
  tag,
  links,
}: ChangeLinksRequest): readonly string[] | ChangeSelection {
  if (links !== 'tagged' && kind !== 'rename-tag') return links
  return { filter: { ...noFilter, tag: tagKey(tag.trim()), state: 'any' }, query: '' }
}

function isCodes(links: ChangeLinksRequest['links']): links is readonly string[] {
  return Array.isArray(links)
}

function problemOf({ kind, tag, newTag, links }: ChangeLinksRequest): string | null {
  if (isCodes(links) && links.length === 0) return 'Select at least one link.'
  if (kind === 'rename-tag' || kind === 'add-tag') {
    const parsed = parseTag(kind === 'rename-tag' ? newTag : tag)
    return parsed.status === 'invalid' ? parsed.message : null
  }
  return kind === 'remove-tag' && tagKey(tag.trim()) === '' ? 'Enter a tag.' : null
}
