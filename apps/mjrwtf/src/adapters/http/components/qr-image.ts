import { encode } from 'uqr'

/** A square image of black and white pixels. */
export interface Bitmap {
  /** Width and height in pixels. */
  readonly size: number
  /** Rows from the top; each row has 8 pixels per byte, the leftmost in the highest bit, and 1 is white. */
  readonly rows: readonly Uint8Array[]
}

/** A QR code: rows of modules, `true` for a black one, with the margin around it. */
export interface QrModules {
  /** Modules per side, with the margin. */
  readonly size: number
  readonly rows: readonly (readonly boolean[])[]
}

/** The quiet zone, in modules: scanners need four to find the code (ISO 18004). */
export const defaultQrMargin = 4

/** Encodes a text with error correction M, which survives 15 % of damage. `margin` is in modules. */
export function encodeQr(text: string, margin: number): QrModules {
  const { data, size } = encode(text, { border: margin, ecc: 'M' })
  return { size, rows: data }
}

/** The code as SVG. It contains digits and path commands only, whatever the text is. `size` is the width in CSS pixels. */
export function toSvg({ size: modules, rows }: QrModules, size: number | null): string {
  const dimensions = size === null ? '' : ` width="${size}" height="${size}"`
  const path = rows.flatMap((row, y) =>
    runsOf(row).map(([x, width]) => `M${x} ${y}h${width}v1h-${width}z`),
  )
  return (
    `<svg xmlns="http://www.w3.org/2000/svg"${dimensions} viewBox="0 0 ${modules} ${modules}" ` +
    `shape-rendering="crispEdges"><path fill="#fff" d="M0 0h${modules}v${modules}H0z"/>` +
    `<path d="${path.join('')}"/></svg>`
  )
}

/** The runs of black modules of a row, as position and length. */
function runsOf(row: readonly boolean[]): readonly (readonly [x: number, width: number])[] {
  return row.flatMap((isBlack, x) => {
    if (!isBlack || row[x - 1] === true) return []
    const end = row.indexOf(false, x)
    return [[x, (end === -1 ? row.length : end) - x] as const]
  })
}

/**
 * The code as a bitmap of exactly `size` pixels, at least one per module. All modules have the same number of pixels; what
 * remains is white and surrounds the code.
 */
export function toBitmap({ size: modules, rows }: QrModules, size: number): Bitmap {
  const scale = Math.floor(size / modules)
  const before = Math.floor((size - scale * modules) / 2)
  const white = new Uint8Array(Math.ceil(size / 8)).fill(0xff)
  const lines = rows.map((row) => toLine(row, { scale, before, white }))
  return {
    size,
    rows: Array.from({ length: size }, (_, y) => lines[Math.floor((y - before) / scale)] ?? white),
  }
}

interface LineOptions {
  /** Pixels per module. */
  readonly scale: number
  /** White pixels before the first module. */
  readonly before: number
  readonly white: Uint8Array
}

function toLine(row: readonly boolean[], { scale, before, white }: LineOptions): Uint8Array {
  const line = Uint8Array.from(white)
  for (const [x, width] of runsOf(row)) {
    for (let pixel = before + x * scale; pixel < before + (x + width) * scale; pixel += 1) {
      line[pixel >> 3] = (line[pixel >> 3] ?? 0) & ~(0x80 >> (pixel & 7))
    }
  }
  return line
}
