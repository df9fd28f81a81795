import { randomBytes } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { formatToken, parseToken, secretFrom, sessionIdFrom } from './token.ts'

function aToken(): string {
  return formatToken({ id: sessionIdFrom(randomBytes(16)), secret: secretFrom(randomBytes(32)) })
}

describe('session token', () => {
  it('parses into its id and the 32 secret bytes', () => {
    const secret = randomBytes(32)
    const id = sessionIdFrom(randomBytes(16))
    const parts = parseToken(formatToken({ id, secret: secretFrom(secret) }))
    expect(parts?.id).toBe(id)
    expect(Buffer.from(parts?.secret ?? '', 'base64url')).toEqual(secret)
  })

  it.each([
    ['empty', () => ''],
    ['white space', () => '   '],
    ['a leading space', () => ` ${aToken()}`],
    ['a trailing newline', () => `${aToken()}\n`],
    ['a NUL', () => `${aToken().slice(0, 65)}\0`],
    ['quotes', () => `"${aToken()}"`],
    ['one character less', () => aToken().slice(1)],
    ['one character more', () => `${aToken()}A`],
    ['no separator', () => aToken().replace('.', 'A')],
    ['two separators', () => `${aToken()}.${aToken()}`],
    ['plain base64', () => aToken().replace(/[A-Za-z]/, '+')],
    ['percent encoding', () => encodeURIComponent(`${aToken()}%`)],
    ['a path', () => '../../etc/passwd'],
    ['a full-width letter', () => `\uff21${aToken().slice(1)}`],
    ['10 kB', () => 'A'.repeat(10_240)],
  ])('is rejected if it is %s', (_name, create) => {
    expect(parseToken(create())).toBeNull()
  })

  it('has one spelling: rejects unused bits in the last character of a half', () => {
    const id = sessionIdFrom(new Uint8Array(16))
    const secret = secretFrom(new Uint8Array(32))
    expect(parseToken(`${id}.${secret}`)).not.toBeNull()
    expect(parseToken(`${id.slice(0, -1)}B.${secret}`)).toBeNull()
    expect(parseToken(`${id}.${secret.slice(0, -1)}B`)).toBeNull()
  })
})
