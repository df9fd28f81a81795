import { expect, it } from 'vitest'
import { createSeals } from './seals.ts'

const [one, two] = ['k7Zq2vXw9RtYb4Nc8Lm3Hd6Jf1Gs5Ap0', 'Zq9wXe7rCt5vBy3nMu1kLo8jHp6gFd4s']

it('opens what it has sealed, for its purpose alone, whatever the text', () => {
  const seals = createSeals([one])
  for (const text of ['', 'ann', '1.ann.x', 'Jörg\n"', 'x'.repeat(5_000)]) {
    const sealed = seals.seal('form', text)
    expect(seals.open('form', sealed)).toBe(text)
    expect(seals.open('device', sealed)).toBeNull()
  }
})

it('opens nothing that was changed, or that nobody has sealed', () => {
  const seals = createSeals([one])
  const sealed = seals.seal('form', 'ann')
  const signature = sealed.slice('ann.'.length)
  const other = createSeals([two]).seal('form', 'ann')
  for (const forged of [
    ...['', '.', 'ann', 'ann.', `bob.${signature}`, `Ann.${signature}`, `.${signature}`, signature],
    ...[`${sealed}A`, sealed.slice(0, -1), `${sealed}=`, ` ${sealed}`, other],
  ]) {
    expect([forged, seals.open('form', forged)]).toEqual([forged, null])
  }
})

it('seals with the newest key, and opens with each, so that keys can be replaced', () => {
  const before = createSeals([one])
  const during = createSeals([two, one])
  expect(during.open('form', before.seal('form', 'ann'))).toBe('ann')
  expect(createSeals([two]).open('form', during.seal('form', 'ann'))).toBe('ann')
  expect(createSeals([two]).open('form', before.seal('form', 'ann'))).toBeNull()
})
