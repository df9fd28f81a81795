import { expect, it } from 'vitest'
import { codeKey } from './code-key.ts'
import { keysOfRequest, parseRequestedCode } from './copied-code.ts'

function keysOf(path: string): readonly string[] {
  const requested = parseRequestedCode(path)
  return requested === null ? [] : keysOfRequest(requested)
}

it.each([
  ...[
    'menu/',
    'menu.',
    'menu,',
    'menu)',
    'menu).',
    'menu!',
    'menu?',
    'menu;',
    'menu:',
    'menu…',
    'menu。',
  ],
  ...[
    'menu"',
    '"menu"',
    '“menu”',
    '«menu»',
    "menu'",
    'menu’s'.slice(0, 5),
    '(menu)',
    '<menu>',
    '*menu*',
    '`menu`',
  ],
  ...[
    ' menu',
    'menu ',
    'menu\u00a0',
    'menu\u200b',
    '\u200bmenu',
    'me\u200bnu',
    'menu\n',
    'menu//',
    '/menu',
    'me\u00adnu',
  ],
  ...[
    'MENU',
    'Menu.',
    'ｍｅｎｕ',
    'menu\u202c',
    'menu.',
    'menu|',
    'menu]',
    'menu}',
    'menu\\',
    'menu&gt;'.slice(0, 5),
  ],
])('finds menu for %j', (path) => {
  expect(keysOf(path)).toContain('menu')
})

it.each(['menus', 'menu/x', 'menu-', '_menu', 'men', 'me.nu', 'menu&x', 'x menu'])(
  'does not find menu for %j',
  (path) => {
    expect(keysOf(path)).not.toContain('menu')
  },
)

it('looks for the requested code first', () => {
  expect(keysOf('Menu.')).toEqual(['menu.', 'menu'])
  expect(keysOf('CAFE\u0301')).toEqual([codeKey('café')])
})

it.each([
  ['menu+', 'menu'],
  ['menu+.', 'menu'],
  ['menu.+', 'menu.'],
  ['menu/+', 'menu/'],
  ['menu++', 'menu'],
  ['menu+ ', 'menu'],
])('shows the preview for %j', (path, code) => {
  expect(parseRequestedCode(path)).toEqual({ code, preview: true })
})

it('regards a plus sign within a code as no preview', () => {
  expect(parseRequestedCode('me+nu')).toEqual({ code: 'me+nu', preview: false })
})

it.each(['', 'a'.repeat(501), 'menu\u0000', 'menu\u0085'])('reads no code from %j', (path) => {
  expect(parseRequestedCode(path)).toBeNull()
})

it('finds nothing for punctuation alone', () => {
  for (const path of ['.', '...', '+', '/', ' ', '\u200b']) {
    expect(keysOf(path).filter((key) => /[^./ ]/.test(key))).toEqual([])
  }
})
