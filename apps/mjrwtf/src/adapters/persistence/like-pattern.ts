/** A pattern for `lower(column) LIKE … ESCAPE '\\'`: the literal text anywhere, ignoring the case of A to Z. */
export function containing(text: string): string {
  // `lower` of SQLite changes A to Z only.
  const lower = text.replaceAll(/[A-Z]/g, (character) => character.toLowerCase())
  return `%${lower.replaceAll(/[\\%_]/g, String.raw`\$&`)}%`
}
