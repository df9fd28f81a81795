/** The draft that fills a form: in the form, and in the address of its page. */
export const draftField = 'draft'

/** Paths of our forms, whatever short code is in them. Another is of no page, and not every database takes it. */
const formPathPattern = /^(?:\/[A-Za-z0-9_-]{1,100}){1,4}$/

export function isFormPath(path: string): boolean {
  return formPathPattern.test(path)
}

/** Where a form waits with what was typed into it. */
export function draftPath(path: string, draft: string): string {
  return `${path}?${draftField}=${draft}`
}

/** Whether a path, such as where to go after signing in, leads to something that was typed. */
export function isDraftPath(path: string | null): boolean {
  return path?.includes(`?${draftField}=`) === true
}
