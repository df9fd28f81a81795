import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { noBreachedPasswords } from '../ports/passwords.ts'
import { createValidateNewPassword } from './validate-new-password.ts'

const validateNewPassword = createValidateNewPassword({
  passwordRules: { passwordMinLength: 15 },
  breachedPasswords: noBreachedPasswords,
  ownOrigins: ['https://links.acorn.example', 'https://ako.example:8443'],
})

const check = (password: string) =>
  validateNewPassword({ password, email: 'rosa.lindt@people.test' })

describe('words that stand for this place (V6.1.2, V6.2.11)', () => {
  const serviceWords = [
    'mjr.wtf',
    'mjrwtf',
    'links.acorn.example',
    'ako.example',
    'rosa.lindt@people.test',
  ]

  it.each(serviceWords)(
    '%s makes no password, by itself or with a few more characters',
    async (word) => {
      for (const password of [
        `${word}${word}${word}`,
        `${word} ${word} 99`,
        `${word}-2024-${word}`,
      ]) {
        expect([password, await check(password.toUpperCase())]).toEqual([
          password,
          expect.stringContaining('Too easy to guess'),
        ])
      }
    },
  )

  it('may be part of one that is long enough without them', async () => {
    expect(await check('rosa crosses the frozen canal')).toBeNull()
    expect(await check('a heron named mjrwtf waits')).toBeNull()
  })

  it('are told on the page that documents them', () => {
    const page = readFileSync(
      new URL('../../../../../docs/authentication.md', import.meta.url),
      'utf8',
    )
    for (const word of ['`mjr.wtf`', '`mjrwtf`', '`BASE_URL`', '`SHORT_BASE_URL`']) {
      expect(page).toContain(word)
    }
  })
})

it('counts code points after NFC, as the page says them', async () => {
  expect(await check('vq8 lm2z tk4 w')).toBe('Use at least 15 characters.')
  expect(await check('vq8 lm2z tk4 wé')).toBeNull()
  // Fifteen as they come, fourteen as they count.
  expect(await check('vq8 lm2z tk4 e\u0301')).toBe('Use at least 15 characters.')
})
