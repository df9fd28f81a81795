import { describe, expect, it } from 'vitest'
import { day } from './time.ts'
import { type TrustedDevice, trustedDeviceOf, withTrustedDevice } from './trusted-device.ts'

const now = Date.UTC(2030, 0, 15)
const ann = { id: 'ann', passwordVersion: 2 }
const annsDevice: TrustedDevice = { userId: 'ann', id: 'd1', passwordVersion: 2, trustedAt: now }

describe('trustedDeviceOf', () => {
  it('matches only the device of the account', () => {
    expect(trustedDeviceOf(ann, [{ ...annsDevice, userId: 'bob' }, annsDevice], now)).toBe(
      annsDevice,
    )
    expect(trustedDeviceOf({ ...ann, id: 'bob' }, [annsDevice], now)).toBeNull()
    expect(trustedDeviceOf(ann, [], now)).toBeNull()
  })

  it.each([1, 3])('does not trust password version %i instead of 2', (passwordVersion) => {
    expect(trustedDeviceOf(ann, [{ ...annsDevice, passwordVersion }], now)).toBeNull()
  })

  it('trusts for exactly 180 days', () => {
    expect(trustedDeviceOf(ann, [annsDevice], now + 180 * day - 1)).toBe(annsDevice)
    expect(trustedDeviceOf(ann, [annsDevice], now + 180 * day)).toBeNull()
  })
})

describe('withTrustedDevice', () => {
  it('keeps one device per account and at most five', () => {
    const names = ['a', 'b', 'c', 'd', 'e', 'f']
    const all = names.reduce<readonly TrustedDevice[]>(
      (devices, userId) => withTrustedDevice(devices, { ...annsDevice, userId }),
      [],
    )
    expect(all.map(({ userId }) => userId)).toEqual(['f', 'e', 'd', 'c', 'b'])
    const again = withTrustedDevice(all, { ...annsDevice, userId: 'c', id: 'd2' })
    expect(again.map(({ userId }) => userId)).toEqual(['c', 'f', 'e', 'd', 'b'])
    expect(again[0]?.id).toBe('d2')
  })
})
