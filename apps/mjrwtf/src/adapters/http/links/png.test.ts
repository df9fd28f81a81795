import { inflateSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { encodeQr, toBitmap, toSvg } from '../components/qr-image.ts'
import { encodePng } from './png.ts'

/** The pixels of a PNG with one bit per pixel as rows of booleans, `true` for black. */
function pixelsOf(png: Uint8Array) {
  const file = Buffer.from(png)
  const size = file.readUInt32BE(16)
  const start = file.indexOf('IDAT')
  const raw = inflateSync(file.subarray(start + 4, start + 4 + file.readUInt32BE(start - 4)))
  const rowLength = 1 + Math.ceil(size / 8)
  expect(raw.length).toBe(size * rowLength)
  const pixel = (x: number, y: number) =>
    ((raw[y * rowLength + 1 + (x >> 3)] ?? 0) & (0x80 >> (x & 7))) === 0
  return { size, pixel }
}

describe('QR code as an image', () => {
  const text = 'https://example.com/menu'

  it.each([64, 100, 333, 2_362])(
    'draws each module in a PNG of exactly %i pixels',
    async (size) => {
      const modules = encodeQr(text, 4)
      const image = pixelsOf(await encodePng(toBitmap(modules, size)))
      expect(image.size).toBe(size)
      const scale = Math.floor(size / modules.size)
      const before = Math.floor((size - scale * modules.size) / 2)
      const drawn = modules.rows.map((row, y) =>
        row.map((_, x) => image.pixel(before + x * scale, before + (y + 1) * scale - 1)),
      )
      expect(drawn).toEqual(modules.rows)
      expect([image.pixel(0, 0), image.pixel(size - 1, size - 1)]).toEqual([false, false])
    },
  )

  it('surrounds the code by the margin in modules', () => {
    const [bare, wide] = [encodeQr(text, 0), encodeQr(text, 10)]
    expect(wide.size).toBe(bare.size + 20)
    expect(bare.rows[0]?.slice(0, 7)).toEqual(Array(7).fill(true))
    expect(wide.rows.slice(0, 10).flat()).not.toContain(true)
  })

  it('draws the same modules as SVG, without a character of the text', () => {
    const svg = toSvg(encodeQr('https://example.com/"><script>', 4), 300)
    expect(svg).toContain('width="300" height="300"')
    expect(svg).toMatch(/<path d="(?:M\d+ \d+h\d+v1h-\d+z)+"\/><\/svg>$/)
  })
})
