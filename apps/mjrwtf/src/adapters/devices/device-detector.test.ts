import { describe, expect, it } from 'vitest'
import { detectDevice } from './device-detector.ts'

const windows = 'Mozilla/5.0 (Windows NT 10.0; Win64; x64)'
const mac = 'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7)'
const engine = 'AppleWebKit/537.36 (KHTML, like Gecko)'

describe('device detection', () => {
  it.each([
    ['Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0', 'Firefox', 'Linux'],
    [`${windows} ${engine} Chrome/150.0.0.0 Safari/537.36`, 'Chrome', 'Windows'],
    [
      `${windows} ${engine} Chrome/150.0.0.0 Safari/537.36 Edg/150.0.0.0`,
      'Microsoft Edge',
      'Windows',
    ],
    [`${mac} AppleWebKit/605.1.15 Version/18.5 Safari/605.1.15`, 'Safari', 'macOS'],
    [
      'Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 Version/18.5 Mobile/15E148 Safari/604.1',
      'Safari',
      'iPhone',
    ],
    [
      `Mozilla/5.0 (Linux; Android 10; K) ${engine} Chrome/150.0.0.0 Mobile Safari/537.36`,
      'Chrome',
      'Android',
    ],
  ])('detects the browser of %s', (userAgent, browser, system) => {
    expect(detectDevice(userAgent)).toEqual({ browser, system })
  })

  it.each([
    [null],
    [''],
    ['curl/8.5.0'],
    ['odd/1 and so on'],
    ['Your bank/1 (click here)'],
    ['constructor/1 x'],
    ['<b>/1 x'],
    [`${windows} ${engine} Chrome/150.0 Safari/537.36 ${'x'.repeat(1_000)}`],
  ])('detects no browser in %s', (userAgent) => {
    expect(detectDevice(userAgent).browser).toBeNull()
  })
})
