import { describe, expect, it } from 'vitest'
import { contrastOf, parseAccentColor } from './accent-color.ts'

describe('parseAccentColor', () => {
  it('keeps a color in the scheme in which it is readable', () => {
    expect(parseAccentColor('#0b5c48')?.light).toBe('#0b5c48')
    expect(parseAccentColor('#7fd9b9')?.dark).toBe('#7fd9b9')
  })

  it.each(['#ff0', '#ffffff', '#000', '#c2185b', '#808080', '#00f', '#0F0'])(
    'makes %s readable on light and dark pages and on buttons (WCAG 1.4.3)',
    (text) => {
      const colors = parseAccentColor(text)
      for (const color of [colors?.light ?? '', colors?.lightStrong ?? '']) {
        for (const background of ['#f3f5f1', '#ffffff', '#e9ede8', '#fff4d6']) {
          expect(contrastOf(color, background)).toBeGreaterThanOrEqual(4.5)
        }
      }
      for (const color of [colors?.dark ?? '', colors?.darkStrong ?? '']) {
        for (const background of ['#0e1513', '#1d2925', '#361a17', '#06251c']) {
          expect(contrastOf(color, background)).toBeGreaterThanOrEqual(4.5)
        }
      }
    },
  )

  it.each(['', 'red', '#12', '#12345', '#1234567', '#ggg', '#fff;}', ' #fff', 'rgb(0,0,0)'])(
    'refuses "%s"',
    (text) => {
      expect(parseAccentColor(text)).toBeNull()
    },
  )
})
