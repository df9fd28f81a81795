import { describe, expect, it } from 'vitest'
import { type KnownDevice, knownDeviceOf, withKnownDevice } from './known-device.ts'
import { day } from './time.ts'

const now = Date.UTC(2030, 0, 15)
const ann = { id: 'ann', passwordVersion: 2 }
const annsDevice: KnownDevice = {
  userId: 'ann',
  id: 'd1',
  passwordVersion: 2,
  hasSentFactor: true,
  knownAt: now,
}

describe('knownDeviceOf', () => {
  it('matches only the device of the account', () => {
    expect(knownDeviceOf(ann, [{ ...annsDevice, userId: 'bob' }, annsDevice], now)).toBe(annsDevice)
    expect(knownDeviceOf({ ...ann, id: 'bob' }, [annsDevice], now)).toBeNull()
    expect(knownDeviceOf(ann, [], now)).toBeNull()
  })

  it.each([1, 3])('rejects password version %i instead of 2', (passwordVersion) => {
    expect(knownDeviceOf(ann, [{ ...annsDevice, passwordVersion }], now)).toBeNull()
  })

  it('knows a device for exactly 180 days', () => {
    expect(knownDeviceOf(ann, [annsDevice], now + 180 * day - 1)).toBe(annsDevice)
    expect(knownDeviceOf(ann, [annsDevice], now + 180 * day)).toBeNull()
  })
})

describe('withKnownDevice', () => {
  it('keeps one device per account and at most five', () => {
    const names = ['a', 'b', 'c', 'd', 'e', 'f']
    const all = names.reduce<readonly KnownDevice[]>(
      (devices, userId) => withKnownDevice(devices, { ...annsDevice, userId }),
      [],
    )
    expect(all.map(({ userId }) => userId)).toEqual(['f', 'e', 'd', 'c', 'b'])
    const again = withKnownDevice(all, { ...annsDevice, userId: 'c', id: 'd2' })
    expect(again.map(({ userId }) => userId)).toEqual(['c', 'f', 'e', 'd', 'b'])
    expect(again[0]?.id).toBe('d2')
  })
})
