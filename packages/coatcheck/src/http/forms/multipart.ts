/** Name and value of a text field of a form. */
export type FormField = readonly [name: string, value: string]

/**
 * The boundary between the parts of a multipart body. Throws if there is none, or if a parser could find another
 * one: in the quotes of another parameter, in a second boundary, or because of an escape.
 */
export function boundaryOf(contentType: string): string {
  const pattern = /;\s*boundary=(?:"([^"\\]+)"|([^\s";]+))\s*(?:;|$)/i
  const [, quoted, plain] = pattern.exec(contentType) ?? []
  const boundary = quoted ?? plain
  const isAmbiguous = contentType.split(/boundary\s*=/i).length !== 2
  if (boundary === undefined || isAmbiguous) throw new Error('the boundary is missing or ambiguous')
  return boundary
}

/**
 * Returns the first field of a multipart body of which only the beginning was read. `null` if the
 * beginning does not contain all of the field, or if it is a file. Rejects if it is malformed.
 */
export async function readFirstField(
  beginning: Uint8Array<ArrayBuffer>,
  contentType: string,
): Promise<FormField | null> {
  const boundary = boundaryOf(contentType)
  const bytes = Buffer.from(beginning.buffer, beginning.byteOffset, beginning.byteLength)
  if (bytes.indexOf(`--${boundary}\r\n`) !== 0) return null
  const nextPart = `\r\n--${boundary}`
  const end = bytes.indexOf(nextPart)
  if (end < 0) return null
  const onlyPart = Buffer.concat([bytes.subarray(0, end), Buffer.from(`${nextPart}--\r\n`)])
  const response = new Response(onlyPart, { headers: { 'Content-Type': contentType } })
  const [field, ...others] = [...(await response.formData())]
  if (field === undefined || others.length > 0) return null
  const [name, value] = field
  return typeof value === 'string' ? [name, value] : null
}
