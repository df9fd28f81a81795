import type { UserRequestContext } from '../http-context.ts'

/** Path of the page that creates a link. */
export const createPath = '/create'

/**
 * What a bookmarklet, a share menu or another site filled in: `url` and `title`. Some apps share the URL as the end of a
 * `text`. Opening the page creates nothing: the user sees the destination and submits the form.
 */
export function prefilledValues(c: UserRequestContext): {
  readonly original_url?: string
  readonly title?: string
} {
  const { url = '', title = '', text = '' } = c.req.query()
  const shared = url === '' ? (/https?:\/\/\S+/i.exec(text)?.[0] ?? '') : url
  return {
    ...(shared !== '' && { original_url: shared }),
    ...(title !== '' && { title }),
  }
}
