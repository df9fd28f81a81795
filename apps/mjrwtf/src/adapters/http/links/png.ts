import { crc32, deflate } from 'node:zlib'
import type { Bitmap } from '../components/qr-image.ts'

const signature = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a)
/** 300 dots per inch, in pixels per meter: programs that print place the image in its size. */
const pixelsPerMeter = 11_811

/** Encodes a bitmap as PNG (RFC 2083) with one bit per pixel. Compresses outside of the event loop. */
export async function encodePng({ size, rows }: Bitmap): Promise<Uint8Array<ArrayBuffer>> {
  // Each row starts with its filter: 0, none.
  const raw = Buffer.concat(rows.flatMap((row) => [Uint8Array.of(0), row]))
  const header = Buffer.alloc(13)
  header.writeUInt32BE(size, 0)
  header.writeUInt32BE(size, 4)
  // Bit depth 1. The other bytes are 0: grayscale, and the only compression and filter method, not interlaced.
  header.writeUInt8(1, 8)
  const density = Buffer.alloc(9, 1)
  density.writeUInt32BE(pixelsPerMeter, 0)
  density.writeUInt32BE(pixelsPerMeter, 4)
  const chunks = [
    chunk('IHDR', header),
    chunk('pHYs', density),
    chunk('IDAT', await compress(raw)),
    chunk('IEND', new Uint8Array()),
  ]
  return Uint8Array.from(Buffer.concat([signature, ...chunks]))
}

function compress(raw: Uint8Array): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    deflate(raw, (error, data) => (error === null ? resolve(data) : reject(error)))
  })
}

function chunk(type: string, data: Uint8Array): Uint8Array {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data])
  const length = Buffer.alloc(4)
  length.writeUInt32BE(data.byteLength)
  const checksum = Buffer.alloc(4)
  checksum.writeUInt32BE(crc32(body))
  return Buffer.concat([length, body, checksum])
}
