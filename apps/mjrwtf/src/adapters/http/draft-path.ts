/** The draft that fills a form: in the form, and in the address of its page. */
export const draftField = 'draft'

/** Where a form waits with what was typed into it. */
export function draftPath(path: string, draft: string): string {
  return `${path}?${draftField}=${draft}`
}

/** Whether a path, such as where to go after signing in, leads to something that was typed. */
export function leadsToDraft(path: string | null): boolean {
  return path?.includes(`?${draftField}=`) === true
}
