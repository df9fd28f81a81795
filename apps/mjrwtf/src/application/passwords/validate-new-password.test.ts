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
  validateNewPassword({ password, email: 'rosa.lindt@users.test' })

describe('context-specific words (V6.1.2, V6.2.11)', () => {
  const serviceWords = [
    'mjr.wtf',
    'mjrwtf',
    'links.acorn.example',
    'ako.example',
    'rosa.lindt@users.test',
  ]

  it.each(serviceWords)(
    '%s is rejected as a password, alone or with a few more characters',
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

  it('are allowed in a password that is long enough without them', async () => {
    expect(await check('rosa crosses the frozen canal')).toBeNull()
    expect(await check('a heron named mjrwtf waits')).toBeNull()
  })

  it('are listed in docs/authentication.md', () => {
    const page = readFileSync(
      new URL('../../../../../docs/authentication.md', import.meta.url),
      'utf8',
    )
    for (const word of ['`mjr.wtf`', '`mjrwtf`', '`BASE_URL`', '`SHORT_BASE_URL`']) {
      expect(page).toContain(word)
    }
  })
})

it('password length counts code points after NFC, as documented', async () => {
  expect(await check('vq8 lm2z tk4 w')).toBe('Use at least 15 characters.')
  expect(await check('vq8 lm2z tk4 wé')).toBeNull()
  // 15 code points as sent, 14 after NFC.
  expect(await check('vq8 lm2z tk4 e\u0301')).toBe('Use at least 15 characters.')
})
