export type Cbor = number | string | Uint8Array | readonly (readonly [Cbor, Cbor])[]

/** Encodes integers, texts, bytes and maps (arrays of entries) as CBOR (RFC 8949), in the shortest form. */
export function encodeCbor(value: Cbor): Buffer {
  if (typeof value === 'number') {
    return value < 0 ? encodeHead(1, -1 - value) : encodeHead(0, value)
  }
  if (typeof value === 'string') {
    const text = Buffer.from(value)
    return Buffer.concat([encodeHead(3, text.byteLength), text])
  }
  if (value instanceof Uint8Array) return Buffer.concat([encodeHead(2, value.byteLength), value])
  const entries = value.flatMap(([key, entry]) => [encodeCbor(key), encodeCbor(entry)])
  return Buffer.concat([encodeHead(5, value.length), ...entries])
}

function encodeHead(major: number, argument: number): Buffer {
  const type = major << 5
  if (argument < 24) return Buffer.from([type | argument])
  if (argument < 256) return Buffer.from([type | 24, argument])
  const head = Buffer.from([type | 25, 0, 0])
  head.writeUInt16BE(argument, 1)
  return head
}
