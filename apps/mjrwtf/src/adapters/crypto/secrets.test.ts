import { expect, it } from 'vitest'
import { createSigner } from './secrets.ts'

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
