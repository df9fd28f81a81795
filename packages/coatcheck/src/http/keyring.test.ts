import { describe, expect, it } from 'vitest'
import { createKeyring } from './keyring.ts'

const oldKey = 'an old key of 32 bytes or more..'
const newKey = 'a new key of 32 bytes or more...'

describe('createKeyring', () => {
  it('verifies what it signed, and nothing else', () => {
    const keyring = createKeyring([newKey], 'test')
    const signature = keyring.sign('text')
    expect(signature).toMatch(/^[\w-]{43}$/)
    expect(keyring.verify('text', signature)).toBe(true)
    expect(keyring.verify('texs', signature)).toBe(false)
    expect(keyring.verify('text', keyring.sign('texs'))).toBe(false)
  })

  it('signs with the newest key and verifies with each', () => {
    const before = createKeyring([oldKey], 'test')
    const during = createKeyring([newKey, oldKey], 'test')
    const after = createKeyring([newKey], 'test')
    expect(during.verify('text', before.sign('text'))).toBe(true)
    expect(after.verify('text', during.sign('text'))).toBe(true)
    expect(after.verify('text', before.sign('text'))).toBe(false)
  })

  it('takes no signature of another purpose', () => {
    const flash = createKeyring([newKey], 'flash')
    expect(flash.verify('text', createKeyring([newKey], 'pre-session').sign('text'))).toBe(false)
  })

  it('takes no misshapen signature, and does not throw', () => {
    const keyring = createKeyring([newKey], 'test')
    const signature = keyring.sign('text')
    for (const each of ['', 'x', signature.slice(1), `${signature}A`, `${signature}=`, '\0']) {
      expect(keyring.verify('text', each)).toBe(false)
    }
  })

  it('refuses no keys, and short ones, without telling them', () => {
    expect(() => createKeyring([], 'test')).toThrow(/^keys/)
    expect(() => createKeyring([newKey, 'x'.repeat(31)], 'test')).toThrow(
      expect.objectContaining({ message: 'keys must have 32 bytes or more each' }),
    )
  })
})
