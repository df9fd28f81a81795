import type { LinkChanges } from '../../application/ports/link-repository.ts'
import { foldText } from '../../domain/fold-text.ts'
import { type LinkDetails, shownDestination } from '../../domain/link.ts'
import { tagKey } from '../../domain/tag.ts'
import type { LinkRow } from './link-rows.ts'

// What lists and searches compare, in columns of links: databases fold A to Z only. Each column follows from one detail,
// so that two edits at once cannot leave it behind.

const maxNoteKey = 1_000
/** The migration of the lists has the same number. */
const maxDestination = 2_048
const maxName = 100

export function toAddedKeys(link: LinkDetails) {
  return {
    title_key: foldText(link.title),
    note_key: toNoteKey(link.note),
    destination_key: toDestinationKey(link),
    tag_keys: JSON.stringify(link.tags.map(tagKey)),
  }
}

/** Kysely does not update columns whose value is `undefined`. */
export function toChangedKeys(changes: LinkChanges) {
  const { title, note, destination, typedDestination = null, tags } = changes
  return {
    title_key: title === undefined ? undefined : foldText(title),
    note_key: note === undefined ? undefined : toNoteKey(note),
    destination_key:
      destination === undefined ? undefined : toDestinationKey({ destination, typedDestination }),
    tag_keys: tags === undefined ? undefined : JSON.stringify(tags.map(tagKey)),
  }
}

function toNoteKey(note: string): string {
  return foldText(note).slice(0, maxNoteKey)
}

function toDestinationKey(link: Pick<LinkDetails, 'destination' | 'typedDestination'>): string {
  const shown = foldText(decodePath(shownDestination(link)))
  return shown === link.destination.toLowerCase() ? '' : shown.slice(0, maxDestination)
}

/** `%C3%BC` as `ü`. Other percent signs remain. */
function decodePath(destination: string): string {
  return destination.replaceAll(/(?:%[89a-f][0-9a-f])+/gi, (encoded) => {
    try {
      return decodeURIComponent(encoded)
    } catch {
      return encoded
    }
  })
}

type KeyColumns = Pick<
  LinkRow,
  | 'short_code'
  | 'code_key'
  | 'destination'
  | 'destination_key'
  | 'title_key'
  | 'note_key'
  | 'tag_keys'
>

/** Whether the link contains the folded text in one of its texts. */
export function containsText(row: KeyColumns, text: string): boolean {
  const { destination_key, title_key, note_key } = row
  const destination = row.destination.slice(0, maxDestination).toLowerCase()
  const texts = [codeKeyOf(row), destination, destination_key, title_key, note_key]
  return [...texts, ...tagKeysOf(row)].some((own) => own.includes(text))
}

export function tagKeysOf({ tag_keys }: Pick<LinkRow, 'tag_keys'>): readonly string[] {
  const keys: unknown = JSON.parse(tag_keys)
  return Array.isArray(keys) ? keys.map(String) : []
}

/** What lists by title are sorted by. The migration of the lists computes the same. */
export function sortName(row: Pick<LinkRow, 'title_key' | 'code_key' | 'short_code'>): string {
  const name = row.title_key === '' ? codeKeyOf(row) : row.title_key
  return [...name].slice(0, maxName).join('')
}

function codeKeyOf(row: Pick<LinkRow, 'code_key' | 'short_code'>): string {
  return row.code_key === '' ? row.short_code.toLowerCase() : row.code_key
}
