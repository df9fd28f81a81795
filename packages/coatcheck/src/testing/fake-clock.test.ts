import { describe, expect, it } from 'vitest'
import { anInstant } from './builders.ts'
import { createFakeClock } from './fake-clock.ts'

describe('createFakeClock', () => {
  it('starts at the given instant and does not advance by itself', () => {
    expect(createFakeClock().now()).toBe(anInstant)
    expect(createFakeClock(7).now()).toBe(7)
  })

  it('moves only by advance and set', () => {
    const clock = createFakeClock(1_000)
    clock.advance(5)
    clock.advance(6)
    expect(clock.now()).toBe(1_011)
    clock.set(3)
    expect(clock.now()).toBe(3)
  })
})
