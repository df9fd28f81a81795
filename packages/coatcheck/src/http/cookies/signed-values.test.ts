import { describe, expect, it } from 'vitest'
import { createSignedCodec, createSigner } from './signed-values.ts'

const oldKey = 'an old key of 32 bytes or more..'
const newKey = 'a new key of 32 bytes or more...'

describe('createSigner', () => {
  it('verifies its own signatures only', () => {
    const signer = createSigner([newKey], 'test')
    const value = signer.sign('text')
    const [, signature = ''] = value.split('.')
    expect(value).toMatch(/^text\.[\w-]{43}$/)
    expect(signer.verify(value)).toBe('text')
    expect(signer.verify(`texs.${signature}`)).toBeNull()
    expect(signer.verify(signer.sign('texs').replace('texs', 'text'))).toBeNull()
  })

  it('signs with the newest key and verifies with every key', () => {
    const before = createSigner([oldKey], 'test')
    const during = createSigner([newKey, oldKey], 'test')
    const after = createSigner([newKey], 'test')
    expect(during.verify(before.sign('text'))).toBe('text')
    expect(after.verify(during.sign('text'))).toBe('text')
    expect(after.verify(before.sign('text'))).toBeNull()
  })

  it('rejects a value signed for another purpose', () => {
    const flash = createSigner([newKey], 'flash')
    expect(flash.verify(createSigner([newKey], 'pre-session').sign('text'))).toBeNull()
  })

  it('rejects malformed values without throwing', () => {
    const signer = createSigner([newKey], 'test')
    const value = signer.sign('text')
    const malformed = ['', '.', 'text', 'text.', `${value}A`, `${value}=`, `${value}.x`, '\0']
    for (const each of [...malformed, value.slice(0, -1)]) {
      expect([each, signer.verify(each)]).toEqual([each, null])
    }
  })

  it('rejects missing and short keys without revealing them', () => {
    expect(() => createSigner([], 'test')).toThrow(/^keys/)
    expect(() => createSigner([newKey, 'x'.repeat(31)], 'test')).toThrow(
      expect.objectContaining({ message: expect.stringMatching(/^keys\[1\] has 31 bytes/) }),
    )
  })
})

describe('createSignedCodec', () => {
  const codec = createSignedCodec<string>(createSigner([newKey], 'test'))

  it('round-trips a payload as cookie octets until it expires', () => {
    const payload = 'Grüße; "quoted", \u{1f44b} <b>'
    const value = codec.encode(payload, 1_000)
    expect(value).toMatch(/^[\w.-]+$/)
    expect(codec.decode(value, 999)).toBe(payload)
    expect(codec.decode(value, 1_000)).toBeNull()
  })

  it('rejects values that it did not sign', () => {
    const [, signature = ''] = codec.encode('text', 1_000).split('.')
    const forged = Buffer.from('[9e15,"call +1 900"]').toString('base64url')
    expect(codec.decode(`${forged}.${signature}`, 0)).toBeNull()
    const otherCodec = createSignedCodec<string>(createSigner([oldKey], 'test'))
    expect(codec.decode(otherCodec.encode('text', 1_000), 0)).toBeNull()
  })
})
