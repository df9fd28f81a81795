import type { RequestContext } from '../http-context.ts'

/** In the URL of a page whose form was interrupted: the page says that nothing has been changed yet. */
export const interruptedField = 'interrupted'

/** Shown on the page to which an interrupted user returns. */
export const interruptedMessage = 'Nothing has been changed yet. You can finish here.'

/** Whether the user returns to this page after a form of theirs was interrupted. */
export function isAfterInterruption(c: RequestContext): boolean {
  return c.req.method === 'GET' && c.req.query(interruptedField) !== undefined
}

/** Whether the page at the path follows an interruption. */
export function isInterruptedPath(path: string | null): boolean {
  return path !== null && new RegExp(`[?&]${interruptedField}=`).test(path)
}
