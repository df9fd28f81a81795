import { createHash, randomBytes } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { createCipher } from './cipher.ts'
import { createSigner } from './secrets.ts'

const [one, two] = ['k7Zq2vXw9RtYb4Nc8Lm3Hd6Jf1Gs5Ap0', 'Zq9wXe7rCt5vBy3nMu1kLo8jHp6gFd4s']
const purpose = 'test'
const context = ['user', 'record']
const plaintext = randomBytes(20)

describe('cipher', () => {
  it('decrypts what it encrypted, of any length (V11.3.2)', () => {
    const cipher = createCipher([one], purpose)
    for (const length of [0, 1, 16, 20, 1_000]) {
      const text = randomBytes(length)
      const value = cipher.encrypt(text, context)
      expect(cipher.decrypt(value, context)).toEqual({ status: 'decrypted', plaintext: text })
      // A few bytes occur by chance.
      if (length >= 16) expect(Buffer.from(value.ciphertext).includes(text)).toBe(false)
    }
  })

  it('uses a new nonce of 96 bits for every value (V11.3.4)', () => {
    const cipher = createCipher([one], purpose)
    const values = Array.from({ length: 1_000 }, () => cipher.encrypt(plaintext, context))
    const nonces = values.map(({ ciphertext }) => Buffer.from(ciphertext.subarray(0, 12)))
    expect(new Set(nonces.map((nonce) => nonce.toString('hex'))).size).toBe(1_000)
    expect(values[0]?.ciphertext).toHaveLength(12 + 20 + 16)
  })

  it.each([
    [['other', 'record']],
    [['user', 'other']],
    [['record', 'user']],
    [['user', 'record', '']],
    [['user","record']],
    [['userrecord']],
    [[]],
  ])('rejects a value in the context %j', (other) => {
    const cipher = createCipher([one], purpose)
    const value = cipher.encrypt(plaintext, context)
    expect(cipher.decrypt(value, other)).toEqual({ status: 'invalid' })
  })

  it('rejects a value with a changed bit, a truncated one and an extended one (V11.3.3)', () => {
    const cipher = createCipher([one], purpose)
    const { keyId, ciphertext } = cipher.encrypt(plaintext, context)
    for (let bit = 0; bit < ciphertext.length * 8; bit += 1) {
      const changed = Buffer.from(ciphertext)
      changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7))
      const result = cipher.decrypt({ keyId, ciphertext: changed }, context)
      expect([bit, result]).toEqual([bit, { status: 'invalid' }])
    }
    const extended = Buffer.concat([ciphertext, Buffer.alloc(1)])
    for (const length of [0, 1, 12, 28, 44, 47])
      expect(
        cipher.decrypt({ keyId, ciphertext: ciphertext.subarray(0, length) }, context),
      ).toEqual({ status: 'invalid' })
    expect(cipher.decrypt({ keyId, ciphertext: extended }, context)).toEqual({ status: 'invalid' })
  })

  it('encrypts with the newest key and decrypts with the key that encrypted', () => {
    const before = createCipher([one], purpose)
    const during = createCipher([two, one], purpose)
    const after = createCipher([two], purpose)
    const value = before.encrypt(plaintext, context)
    expect(during.decrypt(value, context)).toEqual({ status: 'decrypted', plaintext })
    expect(during.encrypt(plaintext, context).keyId).toBe(after.newestKeyId)
    expect(during).toMatchObject({ newestKeyId: after.newestKeyId, olderKeyIds: [value.keyId] })
    expect(after.decrypt(value, context)).toEqual({ status: 'missing-key' })
  })

  it('does not try other keys than the one that the value names', () => {
    const cipher = createCipher([two, one], purpose)
    const { ciphertext } = cipher.encrypt(plaintext, context)
    const [keyId = ''] = cipher.olderKeyIds
    expect(cipher.decrypt({ keyId, ciphertext }, context)).toEqual({ status: 'invalid' })
    expect(cipher.decrypt({ keyId: 'unknown', ciphertext }, context)).toEqual({
      status: 'missing-key',
    })
  })

  it('derives another key for another purpose', () => {
    const value = createCipher([one], purpose).encrypt(plaintext, context)
    const other = createCipher([one], 'other')
    expect(other.decrypt(value, context)).toEqual({ status: 'invalid' })
  })

  it('has key ids that reveal neither the secret nor a signature with it', () => {
    const { newestKeyId } = createCipher([one], purpose)
    expect(newestKeyId).toMatch(/^[\w-]{12}$/)
    expect(newestKeyId).not.toBe(createCipher([two], purpose).newestKeyId)
    const signed = createSigner([one]).sign('key id', '')
    const hash = createHash('sha256').update(one).digest('base64url')
    for (const text of [one, signed, hash]) expect(text).not.toContain(newestKeyId)
  })

  it('refuses to be created without a secret key', () => {
    expect(() => createCipher([], purpose)).toThrow(RangeError)
  })
})
