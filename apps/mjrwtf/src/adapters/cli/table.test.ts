import { expect, it } from 'vitest'
import { formatTable, printable } from './table.ts'

it('printable: escapes everything that could control a terminal', () => {
  expect(printable('a\u001b[2J\r\nb')).toBe('a\\u001b[2J\\r\\nb')
  // CSI of C1, a change of the writing direction, a line separator, and a tag.
  expect(printable('\u009b2J \u202e \u2028 \u{e0041}')).toBe('\\u009b2J \\u202e \\u2028 \\u{e0041}')
  expect(printable('\ud800')).toBe('\\ud800')
})

it('printable: leaves text and quotes as they are', () => {
  expect(printable('Grüße "x" \\ 日本 😀')).toBe('Grüße "x" \\ 日本 😀')
})

it('formatTable: aligns columns after characters outside the basic plane', () => {
  expect(
    formatTable([
      ['😀', 'a'],
      ['bb', 'c'],
    ]),
  ).toBe('😀   a\nbb  c')
})
