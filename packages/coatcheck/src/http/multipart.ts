/** Name and value of a text field of a form. */
export type FormField = readonly [name: string, value: string]

/** The boundary between the parts of a multipart body. Empty if there is none. */
export function boundaryOf(contentType: string): string {
  const [, quoted, plain] = /;\s*boundary=(?:"([^"]*)"|([^;\s]*))/i.exec(contentType) ?? []
  return quoted ?? plain ?? ''
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
  if (boundary === '' || bytes.indexOf(`--${boundary}\r\n`) !== 0) return null
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
