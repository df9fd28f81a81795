import type { Instant } from '../domain/time.ts'
import type { ListPeopleRequest, PeopleRepository, Person } from './ports/people-repository.ts'
import type { UserSessions } from './ports/user-sessions.ts'

export interface SeenPerson extends Person {
  /** How many sessions are live. */
  readonly sessions: number
  /** When the account was last used, as far as is known; `null` when it was not within a year. */
  readonly lastActiveAt: Instant | null
}

export interface SeenPeople {
  /** Newest account first. */
  readonly people: readonly SeenPerson[]
  readonly total: number
}

/** One page of who has an account. For the operator alone: ask who is looking first. */
export type ListPeople = (request: ListPeopleRequest) => Promise<SeenPeople>

export interface ListPeoplePorts {
  readonly people: PeopleRepository
  readonly sessions: UserSessions
}

export function createListPeople({ people, sessions }: ListPeoplePorts): ListPeople {
  async function look(person: Person): Promise<SeenPerson> {
    const live = await sessions.list(person.id)
    const instants = live.map(({ lastActivityAt }) => lastActivityAt)
    const known = person.lastSignedInAt === null ? instants : [...instants, person.lastSignedInAt]
    const lastActiveAt = known.length === 0 ? null : Math.max(...known)
    return { ...person, sessions: live.length, lastActiveAt }
  }

  return async function listPeople(request) {
    const page = await people.list(request)
    return { people: await Promise.all(page.people.map(look)), total: page.total }
  }
}
