import { createTally, type Tally } from './tally.ts'

/** Who takes a place. */
export interface Holder {
  /** Group of IP addresses. */
  readonly group: string
  readonly user: string
}

export type TakeResult<Place> =
  /** `evicted` lost its place to the new one; `null` if a place was free. */
  { readonly status: 'taken'; readonly evicted: Place | null } | { readonly status: 'full' }

/**
 * A limited number of places, shared fairly. While all are taken, a new one evicts the oldest of the IP group that holds
 * most, and there of the user who holds most, as long as that leaves them with as many as the new holder. Otherwise it
 * evicts the oldest of the same holder, and is rejected if there is none. So no holder can keep others out without holding
 * as few places as they do. Each operation takes constant time.
 */
export interface Places<Place> {
  take(place: Place, holder: Holder): TakeResult<Place>
  /** Does nothing for a place that is not taken. */
  release(place: Place): void
  count(): number
}

export interface PlacesOptions {
  readonly max: number
  /** Beyond it, a user's oldest place is evicted. Default: `max`. */
  readonly maxPerUser?: number
}

/** The places of one IP group. Sets are in the order in which the places were taken. */
interface Group<Place> {
  readonly tally: Tally
  readonly byUser: Map<string, Set<Place>>
}

export function createPlaces<Place>({ max, maxPerUser = max }: PlacesOptions): Places<Place> {
  const holders = new Map<Place, Holder>()
  const placesOf = new Map<string, Set<Place>>()
  const groups = new Map<string, Group<Place>>()
  const groupTally = createTally()

  function add(place: Place, holder: Holder): void {
    const { tally, byUser } = getOrAdd(groups, holder.group, createGroup<Place>)
    holders.set(place, holder)
    groupTally.add(holder.group)
    tally.add(holder.user)
    getOrAdd(byUser, holder.user, createSet<Place>).add(place)
    getOrAdd(placesOf, holder.user, createSet<Place>).add(place)
  }

  function release(place: Place): void {
    const holder = holders.get(place)
    if (holder === undefined) return
    const { group, user } = holder
    holders.delete(place)
    groupTally.subtract(group)
    groups.get(group)?.tally.subtract(user)
    deleteFrom(placesOf, user, place)
    const { byUser } = groups.get(group) ?? {}
    if (byUser !== undefined) deleteFrom(byUser, user, place)
    if (byUser?.size === 0) groups.delete(group)
  }

  function placeToEvict(holder: Holder): Place | null {
    const ownPlaces = placesOf.get(holder.user)
    if (ownPlaces !== undefined && ownPlaces.size >= maxPerUser) return firstOf(ownPlaces)
    const group = otherWithMost(groupTally, holder.group) ?? holder.group
    const { tally, byUser } = groups.get(group) ?? createGroup<Place>()
    const isOwnGroup = group === holder.group
    const user = isOwnGroup ? otherWithMost(tally, holder.user) : tally.max()?.key
    return firstOf(byUser.get(user ?? holder.user))
  }

  return {
    take(place, holder) {
      const isFull = holders.size >= max || (placesOf.get(holder.user)?.size ?? 0) >= maxPerUser
      const evicted = isFull ? placeToEvict(holder) : null
      if (isFull && evicted === null) return { status: 'full' }
      if (evicted !== null) release(evicted)
      add(place, holder)
      return { status: 'taken', evicted }
    },
    release,
    count: () => holders.size,
  }
}

/** The key that holds most, if it has at least as much as `own` after giving one to it. */
function otherWithMost(tally: Tally, own: string): string | null {
  const max = tally.max()
  return max !== null && max.count > tally.count(own) + 1 ? max.key : null
}

function createGroup<Place>(): Group<Place> {
  return { tally: createTally(), byUser: new Map() }
}

function createSet<Place>(): Set<Place> {
  return new Set()
}

function getOrAdd<Value>(map: Map<string, Value>, key: string, create: () => Value): Value {
  const value = map.get(key) ?? create()
  map.set(key, value)
  return value
}

function deleteFrom<Place>(map: Map<string, Set<Place>>, key: string, place: Place): void {
  const places = map.get(key)
  places?.delete(place)
  if (places?.size === 0) map.delete(key)
}

function firstOf<Place>(places: ReadonlySet<Place> | undefined): Place | null {
  for (const place of places ?? []) return place
  return null
}
