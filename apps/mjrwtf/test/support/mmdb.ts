import { isIPv6 } from 'node:net'

/**
 * A value in a GeoIP record. Non-negative integers are written as unsigned, other numbers as
 * doubles.
 */
export type MmdbValue = string | number | boolean | MmdbMap
export interface MmdbMap {
  readonly [key: string]: MmdbValue
}

export interface MmdbFile {
  /** Networks as CIDR, with their records. None may contain another. */
  readonly networks: Readonly<Record<string, MmdbMap>>
  /** Default `Test-City`. */
  readonly databaseType?: string
  /** Bits per record of the search tree. Default 28, as in published files. */
  readonly recordSize?: 24 | 28 | 32
  /** Default 6; IPv4 is then below `::/96`. */
  readonly ipVersion?: 4 | 6
}

/**
 * A branch of the search tree: another node, the offset of a record in the data section, or
 * nothing.
 */
type Branch = { readonly node: number } | { readonly data: number } | null
type Node = [Branch, Branch]

/**
 * Writes a file in the MaxMind DB format, version 2.0 (specification:
 * maxmind.github.io/MaxMind-DB).
 */
export function writeMmdb(file: MmdbFile): Buffer {
  const { networks, recordSize = 28, ipVersion = 6, databaseType = 'Test-City' } = file
  const nodes: Node[] = [[null, null]]
  const records: Buffer[] = []
  let dataLength = 0
  for (const [network, record] of Object.entries(networks)) {
    insertNetwork(nodes, bitsOf(network, ipVersion), { data: dataLength })
    const encoded = encode(record)
    records.push(encoded)
    dataLength += encoded.length
  }
  const metadata = encode({
    binary_format_major_version: 2,
    binary_format_minor_version: 0,
    build_epoch: 1_760_000_000,
    database_type: databaseType,
    description: { en: 'Made by a test' },
    ip_version: ipVersion,
    node_count: nodes.length,
    record_size: recordSize,
  })
  const tree = nodes.map((node) => encodeNode(node, nodes.length, recordSize))
  const marker = Buffer.from('\xab\xcd\xefMaxMind.com', 'latin1')
  return Buffer.concat([...tree, Buffer.alloc(16), ...records, marker, metadata])
}

function insertNetwork(nodes: Node[], bits: string, branch: Branch): void {
  let nodeIndex = 0
  for (const bit of bits.slice(0, -1)) nodeIndex = childOf(nodes, nodeIndex, bit === '1' ? 1 : 0)
  const node = nodes[nodeIndex]
  if (node !== undefined) node[bits.endsWith('1') ? 1 : 0] = branch
}

function childOf(nodes: Node[], nodeIndex: number, side: 0 | 1): number {
  const branch = nodes[nodeIndex]?.[side] ?? null
  if (branch !== null && 'node' in branch) return branch.node
  const node = nodes[nodeIndex]
  if (node !== undefined) node[side] = { node: nodes.length }
  return nodes.push([null, null]) - 1
}

/** The bits of a network, as many as its prefix length. */
function bitsOf(network: string, ipVersion: 4 | 6): string {
  const [address = '', length = ''] = network.split('/')
  if (isIPv6(address)) return ipv6Groups(address).map(toBits(16)).join('').slice(0, Number(length))
  const bits = address.split('.').map(Number).map(toBits(8)).join('').slice(0, Number(length))
  return ipVersion === 4 ? bits : '0'.repeat(96) + bits
}

const toBits = (count: number) => (value: number) => value.toString(2).padStart(count, '0')

function ipv6Groups(address: string): readonly number[] {
  const [head = '', tail = ''] = address.split('::')
  const parseGroups = (text: string) =>
    text === '' ? [] : text.split(':').map((group) => Number.parseInt(group, 16))
  const [front, back] = [parseGroups(head), parseGroups(tail)]
  return [...front, ...new Array<number>(8 - front.length - back.length).fill(0), ...back]
}

function encodeNode(node: Node, count: number, recordSize: 24 | 28 | 32): Buffer {
  const [left, right] = node.map((branch) => pointerOf(branch, count))
  const bits = toBits(recordSize)
  const [leftBits, rightBits] = [bits(left ?? 0), bits(right ?? 0)]
  // With 28 bits, the highest four bits of both records share the middle byte.
  const text =
    recordSize === 28
      ? leftBits.slice(4) + leftBits.slice(0, 4) + rightBits.slice(0, 4) + rightBits.slice(4)
      : leftBits + rightBits
  return Buffer.from((text.match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2)))
}

function pointerOf(branch: Branch, count: number): number {
  if (branch === null) return count
  return 'node' in branch ? branch.node : count + 16 + branch.data
}

const types = { text: 2, double: 3, uint32: 6, map: 7, boolean: 14 } as const

function encode(value: MmdbValue): Buffer {
  if (typeof value === 'string') {
    const text = Buffer.from(value)
    return Buffer.concat([encodeControl(types.text, text.length), text])
  }
  if (typeof value === 'boolean') return encodeControl(types.boolean, value ? 1 : 0)
  if (typeof value === 'number') return encodeNumber(value)
  const entries = Object.entries(value)
  const pairs = entries.flatMap(([key, each]) => [encode(key), encode(each)])
  return Buffer.concat([encodeControl(types.map, entries.length), ...pairs])
}

function encodeNumber(value: number): Buffer {
  const isUnsigned = Number.isInteger(value) && value >= 0
  const bytes = Buffer.alloc(isUnsigned ? 4 : 8)
  if (isUnsigned) bytes.writeUInt32BE(value)
  else bytes.writeDoubleBE(value)
  return Buffer.concat([
    encodeControl(isUnsigned ? types.uint32 : types.double, bytes.length),
    bytes,
  ])
}

/** The control byte of a value, and the extra bytes if the type or length does not fit. */
function encodeControl(type: number, length: number): Buffer {
  const lengthBits = Math.min(length, 29)
  const lengthBytes = length < 29 ? [] : [length - 29]
  if (length > 284) throw new Error('Values over 284 bytes are not supported.')
  return Buffer.from(
    type > 7 ? [lengthBits, type - 7, ...lengthBytes] : [(type << 5) | lengthBits, ...lengthBytes],
  )
}
