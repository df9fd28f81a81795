/** The hidden form field of a CSRF token, which contains no character that HTML would escape. */
export function csrfFieldHtml(token: string): string {
  return `<input type="hidden" name="csrf_token" value="${token}">`
}
