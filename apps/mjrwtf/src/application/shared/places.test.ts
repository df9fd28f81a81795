import { describe, expect, it } from 'vitest'
import { createPlaces, type Places } from './places.ts'

/** Takes a place named `group/user/number`. */
function take(places: Places<string>, name: string) {
  const [group = '', user = ''] = name.split('/')
  return places.take(name, { group, user })
}

function takeAll(places: Places<string>, names: readonly string[]): void {
  for (const name of names) take(places, name)
}

const evicts = (evicted: string | null) => ({ status: 'taken', evicted })
const full = { status: 'full' }

describe('places', () => {
  it.each([
    { name: 'a free place', taken: ['a/ann/1', 'a/bob/1'], next: 'a/cho/1', evicted: null },
    {
      name: 'the oldest of the user with most',
      taken: ['a/ann/1', 'a/bob/1', 'a/ann/2'],
      next: 'a/cho/1',
      evicted: 'a/ann/1',
    },
    {
      name: 'the oldest of the IP group with most',
      taken: ['a/ann/1', 'a/bob/1', 'b/cho/1'],
      next: 'c/dan/1',
      evicted: 'a/ann/1',
    },
    {
      name: 'the oldest of the user with most in the IP group with most',
      taken: ['a/ann/1', 'a/bob/1', 'a/bob/2'],
      next: 'b/cho/1',
      evicted: 'a/bob/1',
    },
    {
      name: 'the own oldest of the user with most',
      taken: ['a/ann/1', 'a/ann/2', 'b/bob/1'],
      next: 'a/ann/3',
      evicted: 'a/ann/1',
    },
    {
      name: 'the own oldest of a user in the IP group with most',
      taken: ['a/ann/1', 'a/bob/1', 'b/cho/1'],
      next: 'a/ann/2',
      evicted: 'a/ann/1',
    },
  ])('take $name', ({ taken, next, evicted }) => {
    const places = createPlaces<string>({ max: 3 })
    takeAll(places, taken)
    expect(take(places, next)).toEqual(evicts(evicted))
    expect(places.count()).toBe(3)
  })

  it.each([
    { name: 'IP group', taken: ['a/ann/1', 'b/bob/1', 'c/cho/1'], next: 'd/dan/1' },
    { name: 'user of the IP group', taken: ['a/ann/1', 'a/bob/1', 'a/cho/1'], next: 'a/dan/1' },
  ])('reject a new holder while each $name holds one', ({ taken, next }) => {
    const places = createPlaces<string>({ max: 3 })
    takeAll(places, taken)
    expect(take(places, next)).toEqual(full)
    expect(places.count()).toBe(3)
  })

  it('evict the oldest of a user at the limit per user, in whichever IP group', () => {
    const places = createPlaces<string>({ max: 9, maxPerUser: 2 })
    takeAll(places, ['a/ann/1', 'b/ann/2'])
    expect(take(places, 'c/ann/3')).toEqual(evicts('a/ann/1'))
    expect(take(places, 'c/bob/1')).toEqual(evicts(null))
    expect(places.count()).toBe(3)
  })

  it('are free again after a release, and a second release does nothing', () => {
    const places = createPlaces<string>({ max: 2 })
    takeAll(places, ['a/ann/1', 'b/bob/1'])
    places.release('a/ann/1')
    places.release('a/ann/1')
    expect(places.count()).toBe(1)
    expect(take(places, 'c/cho/1')).toEqual(evicts(null))
    expect(take(places, 'd/dan/1')).toEqual(full)
  })

  it('go to new users until each has an equal share, whatever one of them holds', () => {
    const places = createPlaces<string>({ max: 12 })
    takeAll(
      places,
      Array.from({ length: 12 }, (_, n) => `a/ann/${n}`),
    )
    const newcomers = ['b/bob', 'c/cho', 'd/dan', 'e/eve', 'f/fay']
    for (const newcomer of newcomers) takeAll(places, [`${newcomer}/1`, `${newcomer}/2`])
    for (const newcomer of [...newcomers, 'a/ann']) {
      // A third place replaces one of the same holder.
      expect(take(places, `${newcomer}/3`)).toMatchObject({
        status: 'taken',
        evicted: expect.stringContaining(newcomer),
      })
    }
  })
})
