import { describe, expect, it } from 'vitest'
import { toText } from './text-format.ts'

const time = '2026-12-01T10:20:30.000Z'

function format(entry: object, isColored = false): string {
  return toText(`${JSON.stringify({ level: 'info', time, service: 'mjrwtf', ...entry })}\n`, {
    isColored,
  })
}

describe('toText', () => {
  it('writes time, level, message and fields in one line', () => {
    const text = format({ method: 'GET', path: '/a b', status: 200, client: null, msg: 'request' })
    expect(text).toMatch(/^\d\d:\d\d:\d\d INFO {2}request method=GET path="\/a b" status=200\n$/)
  })

  it('writes an error and its causes below the line', () => {
    const cause = { name: 'Error', message: 'disk full', stack: 'Error: disk full\n    at b' }
    const error = { name: 'Error', message: 'failed', stack: 'Error: failed\n    at a', cause }
    expect(format({ level: 'error', error, msg: 'request failed' }).split('\n').slice(1)).toEqual([
      '    Error: failed',
      '        at a',
      '    caused by Error: disk full',
      '        at b',
      '',
    ])
  })

  it('writes nothing that a terminal interprets, wherever it comes from', () => {
    const hostile = '\u001b[2J\u009b31m\u202e\r\nFATAL'
    const error = { name: hostile, message: hostile }
    const text = format({ [hostile]: 1, path: hostile, list: [hostile], error, msg: hostile })
    expect(text.replaceAll('\n', '')).not.toMatch(/\p{C}/u)
    expect(text.split('\n')).toHaveLength(5)
  })

  it('colors warnings and errors only on a terminal with colors', () => {
    expect(format({ level: 'warn', msg: 'x' }, true)).toContain('\u001b[33mWARN \u001b[0m')
    expect(format({ level: 'info', msg: 'x' }, true)).not.toContain('\u001b')
    expect(format({ level: 'fatal', msg: 'x' })).not.toContain('\u001b')
  })

  it('leaves a line as it is that is no JSON object', () => {
    expect(toText('not json\n', { isColored: true })).toBe('not json\n')
    expect(toText('{"cut', { isColored: true })).toBe('{"cut')
  })
})
