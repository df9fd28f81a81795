import { parseRequestedCode, type RequestedCode } from '../../../domain/copied-code.ts'
import { isAppPath } from '../../../domain/reserved-codes.ts'
import type { RequestContext } from '../http-context.ts'

/** The short code that the path of a request names, or `null` for a path of the app. */
export function parseShortPath(c: RequestContext): RequestedCode | null {
  const path = decodePath(new URL(c.req.url).pathname.slice(1))
  return isAppPath(path) ? null : parseRequestedCode(path)
}

/** Decodes the path once. Some mail programs encode unreserved characters, which is the same URL (RFC 3986 section 6.2.2.2). */
function decodePath(path: string): string {
  try {
    return decodeURIComponent(path)
  } catch {
    return path
  }
}
