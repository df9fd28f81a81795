/** The accent color of the pages, for light and for dark ones. Each is `#rrggbb`. */
export interface AccentColors {
  readonly light: string
  readonly dark: string
  /** Of links and buttons under the pointer. */
  readonly lightStrong: string
  readonly darkStrong: string
}

type Rgb = readonly [red: number, green: number, blue: number]

/** What the accent color is shown on, as in the style sheet `base.css`, and the text on a button of that color. */
const lightBackgrounds = ['#f3f5f1', '#ffffff', '#e9ede8', '#fdecea', '#e0f1e9', '#fff4d6']
const darkBackgrounds = [
  '#0e1513',
  '#16201d',
  '#1d2925',
  '#361a17',
  '#12332a',
  '#332a12',
  '#06251c',
]

/** Of text (WCAG 2.2, 1.4.3). */
const minContrast = 4.5

const black: Rgb = [0, 0, 0]
const white: Rgb = [255, 255, 255]

/**
 * The color as light and dark pages show it: as given where its contrast is at least 4.5:1, otherwise darkened or
 * lightened until it is. `null` unless the text is `#rgb` or `#rrggbb`.
 */
export function parseAccentColor(text: string): AccentColors | null {
  const color = parseHex(text)
  if (color === null) return null
  const light = readable(color, { backgrounds: lightBackgrounds, toward: black })
  const dark = readable(color, { backgrounds: darkBackgrounds, toward: white })
  return {
    light: toHex(light),
    dark: toHex(dark),
    lightStrong: toHex(mix(light, black, 0.3)),
    darkStrong: toHex(mix(dark, white, 0.35)),
  }
}

/** The contrast of two colors, from 1 to 21 (WCAG 2.2, definition of contrast ratio). */
export function contrastOf(one: string, other: string): number {
  const [a, b] = [luminanceOfHex(one), luminanceOfHex(other)]
  return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05)
}

interface Target {
  readonly backgrounds: readonly string[]
  readonly toward: Rgb
}

function readable(color: Rgb, { backgrounds, toward }: Target): Rgb {
  for (let share = 0; share < 1; share += 0.01) {
    const mixed = mix(color, toward, share)
    const hex = toHex(mixed)
    if (backgrounds.every((background) => contrastOf(hex, background) >= minContrast)) return mixed
  }
  return toward
}

function mix(color: Rgb, other: Rgb, share: number): Rgb {
  const part = (index: 0 | 1 | 2) => color[index] * (1 - share) + other[index] * share
  return [part(0), part(1), part(2)]
}

function parseHex(text: string): Rgb | null {
  const digits = /^#(?:[0-9a-f]{3}|[0-9a-f]{6})$/i.test(text) ? text.slice(1) : null
  if (digits === null) return null
  const full = digits.length === 3 ? digits.replaceAll(/./g, '$&$&') : digits
  const part = (index: number) => Number.parseInt(full.slice(index, index + 2), 16)
  return [part(0), part(2), part(4)]
}

function toHex(color: Rgb): string {
  return `#${color.map((part) => Math.round(part).toString(16).padStart(2, '0')).join('')}`
}

function luminanceOfHex(hex: string): number {
  const [red, green, blue] = (parseHex(hex) ?? black).map(linear)
  return 0.2126 * (red ?? 0) + 0.7152 * (green ?? 0) + 0.0722 * (blue ?? 0)
}

function linear(part: number): number {
  const share = part / 255
  return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4
}
