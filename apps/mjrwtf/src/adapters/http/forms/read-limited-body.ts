/** How much of a body that is too large is read away, in bytes. */
const maxDiscardedBytes = 1024 * 1024

/**
 * The body, or `null` when it is larger than `limit` bytes. Counts what arrives: Content-Length is only
 * what the client says. What is too much is read away, within reason, or a client that still sends
 * would never see the answer.
 */
export async function readLimitedBody(
  stream: ReadableStream<Uint8Array> | null,
  limit: number,
): Promise<Uint8Array | null> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of stream ?? []) {
    size += chunk.byteLength
    if (size <= limit) chunks.push(chunk)
    if (size > maxDiscardedBytes) break
  }
  return size > limit ? null : Buffer.concat(chunks)
}
