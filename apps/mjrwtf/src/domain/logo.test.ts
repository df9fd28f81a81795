import { describe, expect, it } from 'vitest'
import { maxLogoSize, parseLogo } from './logo.ts'

function typeOf(text: string): string | null {
  return parseLogo(new Uint8Array(Buffer.from(text, 'latin1')))?.contentType ?? null
}

describe('parseLogo', () => {
  it.each([
    ['\x89PNG\r\n\x1a\n\0\0\0\rIHDR…', 'image/png'],
    ['\xff\xd8\xff\xe0', 'image/jpeg'],
    ['GIF89a', 'image/gif'],
    ['RIFF\0\0\0\0WEBPVP8 ', 'image/webp'],
    ['<svg xmlns="http://www.w3.org/2000/svg"/>', 'image/svg+xml'],
    ['\xef\xbb\xbf<?xml version="1.0"?>\n<!-- a > b -->\n<svg>', 'image/svg+xml'],
  ])('recognizes an image by its content: %j', (text, type) => {
    expect(typeOf(text)).toBe(type)
  })

  it.each([
    ...['', 'logo', '<html><svg>', '<svgx>', 'PNG', '%PDF-1.7', 'MZ\x90\0', '#!/bin/sh'],
    ...['<script>alert(1)</script>', '\x89PNG\r\n', `${' '.repeat(100)}<p>`],
  ])('refuses what is not an image: %j', (text) => {
    expect(typeOf(text)).toBeNull()
  })

  it('refuses an image of more than 256 KiB', () => {
    expect(typeOf(`<svg>${' '.repeat(maxLogoSize)}`)).toBeNull()
  })

  it('recognizes a hostile file without backtracking', () => {
    expect(typeOf('<!--'.repeat(60_000))).toBeNull()
    expect(typeOf('<!-- -->'.repeat(30_000))).toBeNull()
    expect(typeOf('<?xml>'.repeat(40_000))).toBeNull()
  })
})
