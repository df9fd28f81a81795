import { describe, expect, it } from 'vitest'
import { cursorText, parseEntryCursor, parseLinkCursor } from './cursor.ts'

const text = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')

describe('cursors', () => {
  it('are the same after writing and parsing', () => {
    for (const key of [0, 2 ** 42, 'menü']) {
      const place = { key, position: 2 ** 52 }
      const link = { direction: 'older', index: 40, place } as const
      expect(parseLinkCursor(cursorText(link))).toEqual(link)
    }
    const entry = { direction: 'newer', index: 0, place: { at: 1_000, id: 'a_b-c' } } as const
    expect(parseEntryCursor(cursorText(entry))).toEqual(entry)
    expect(cursorText(entry)).toMatch(/^[\w-]+$/)
  })

  it.each([
    '',
    'x',
    '%00',
    text(null),
    text([]),
    text(['older', 0]),
    text(['older', -1, 1]),
    text(['older', 1.5, 1]),
    text(['sideways', 0, 1]),
    text(['older', 0, '1']),
    text(['older', 0, 2 ** 60]),
    text(['older', 0, -1]),
    text(['older', 0, 1, 1]),
    text(['older', 0, { key: 1, position: 2 ** 60 }]),
    text(['older', 0, { key: -1, position: 1 }]),
    text(['older', 0, { key: 'x'.repeat(201), position: 1 }]),
    text(['older', 0, { key: null, position: 1 }]),
    text(['older', 0, { position: 1 }]),
    text(['older', 0, { at: 1, id: "' OR 1=1" }]),
    text(['older', 0, { at: -1, id: 'a' }]),
    text(['older', 0, { at: 8_640_000_000_000_001, id: 'a' }]),
    text(['older', 0, { at: 1, id: 'x'.repeat(65) }]),
  ])('are null for %j', (broken) => {
    expect(parseLinkCursor(broken)).toBeNull()
    expect(parseEntryCursor(broken)).toBeNull()
  })
})
