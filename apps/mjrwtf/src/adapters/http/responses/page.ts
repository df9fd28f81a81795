import type { HtmlEscapedString } from 'hono/utils/html'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import type { RequestContext } from '../http-context.ts'

/** The type of a JSX element. All components are synchronous, so `toString` returns the complete text. */
type Html = HtmlEscapedString | Promise<HtmlEscapedString>

/** Responds with an HTML page. */
export function page(c: RequestContext, element: Html, status: ContentfulStatusCode = 200) {
  return c.html(`<!doctype html>${element.toString()}`, status)
}
