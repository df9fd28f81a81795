import { expect, it } from 'vitest'
import { createCodeHasher, createSigner, nodeSecrets } from './secrets.ts'

const [one, two] = ['k7Zq2vXw9RtYb4Nc8Lm3Hd6Jf1Gs5Ap0', 'Zq9wXe7rCt5vBy3nMu1kLo8jHp6gFd4s']

it('verifies its own signatures for the same purpose only', () => {
  const signer = createSigner([one])
  for (const text of ['', 'ann', '1.ann.x', 'Jörg\n"', 'x'.repeat(5_000)]) {
    const signed = signer.sign('form', text)
    expect(signer.verify('form', signed)).toBe(text)
    expect(signer.verify('device', signed)).toBeNull()
  }
})

it('rejects modified and unsigned text', () => {
  const signer = createSigner([one])
  const signed = signer.sign('form', 'ann')
  const signature = signed.slice('ann.'.length)
  const other = createSigner([two]).sign('form', 'ann')
  for (const forged of [
    ...['', '.', 'ann', 'ann.', `bob.${signature}`, `Ann.${signature}`, `.${signature}`, signature],
    ...[`${signed}A`, signed.slice(0, -1), `${signed}=`, ` ${signed}`, other],
  ]) {
    expect([forged, signer.verify('form', forged)]).toEqual([forged, null])
  }
})

it('signs with the newest key and verifies with every key, for rotation', () => {
  const before = createSigner([one])
  const during = createSigner([two, one])
  expect(during.verify('form', before.sign('form', 'ann'))).toBe('ann')
  expect(createSigner([two]).verify('form', during.sign('form', 'ann'))).toBe('ann')
  expect(createSigner([two]).verify('form', before.sign('form', 'ann'))).toBeNull()
})

it('hashes codes with every key, and no hash is found without one', () => {
  const [before, during] = [createCodeHasher([one]), createCodeHasher([two, one])]
  const stored = before.hash('ann 012345')
  expect(stored).toMatch(/^[\w-]{43}$/)
  expect(during.hashes('ann 012345')).toContain(stored)
  expect(during.hash('ann 012345')).not.toBe(stored)
  expect(during.hashes('ben 012345')).not.toContain(stored)
  expect(createCodeHasher([two]).hashes('ann 012345')).not.toContain(stored)
  expect(stored).not.toBe(nodeSecrets.hash('ann 012345'))
})

it('creates codes of six digits, also with leading zeros, without a preference', () => {
  const codes = Array.from({ length: 20_000 }, () => nodeSecrets.sixDigits())
  expect(codes.every((code) => /^\d{6}$/.test(code))).toBe(true)
  for (let position = 0; position < 6; position += 1) {
    for (const digit of '0123456789') {
      // 2 000 are expected; the standard deviation is 42.
      const count = codes.filter((code) => code[position] === digit).length
      expect(Math.abs(count - 2_000)).toBeLessThan(400)
    }
  }
})
