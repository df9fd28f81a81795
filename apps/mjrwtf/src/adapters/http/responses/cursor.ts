import { z } from 'zod'
import type { LinkPlace } from '../../../application/ports/link-list.ts'
import type { EntryPlace, PageStart } from '../../../application/ports/paging.ts'

/** The start of a page, as in its URL. Clients can change it: it selects among entries that they may see. */
export interface Cursor<Place> extends PageStart<Place> {
  /** Number of newer entries when the cursor was created, to number those of the page. */
  readonly index: number
}

/** Returns the cursor as opaque text for a URL. */
export function cursorText<Place>({ direction, index, place }: Cursor<Place>): string {
  return Buffer.from(JSON.stringify([direction, index, place])).toString('base64url')
}

const instant = z.int().min(0).max(8_640_000_000_000_000)
/** As long as the texts that lists are sorted by. */
const maxKeyLength = 200
const linkPlace = z.object({
  key: z.union([instant, z.string().max(maxKeyLength)]),
  position: z.int().min(0),
})
const entryPlace = z.object({ at: instant, id: z.string().regex(/^[\w-]{1,64}$/) })

/** Parses a cursor of a list of links. */
export const parseLinkCursor = createParser<LinkPlace>(linkPlace)

/** Parses a cursor of a list that is sorted by time. */
export const parseEntryCursor = createParser<EntryPlace>(entryPlace)

/** Returns a function that returns `null` for text that is not such a cursor. */
function createParser<Place>(place: z.ZodType<Place>) {
  const schema = z.tuple([z.enum(['older', 'newer']), z.int().min(0).max(1_000_000_000), place])
  return (text: string): Cursor<Place> | null => {
    const parsed = schema.safeParse(parseJson(text))
    if (!parsed.success) return null
    const [direction, index, start] = parsed.data
    return { direction, index, place: start }
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(Buffer.from(text, 'base64url').toString())
  } catch {
    return null
  }
}
