import type { HtmlEscapedString } from 'hono/utils/html'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import type { RequestContext } from '../http-context.ts'

/** What JSX makes. Our components are synchronous, so its text is there at once. */
type Html = HtmlEscapedString | Promise<HtmlEscapedString>

/** Answers with a page. */
export function page(c: RequestContext, element: Html, status: ContentfulStatusCode = 200) {
  return c.html(`<!doctype html>${element.toString()}`, status)
}
