import type { Sessions } from 'coatcheck'
import { clientOf, sessionsPerUser, userIdOf } from '../rows.ts'
import type { Scenario } from './scenario.ts'
import { openSessions } from './verify.ts'

interface PerUserOptions {
  readonly rounds: number
  readonly operations: number
  readonly inFlight: number
}

type UserOperation = (sessions: Sessions<unknown>, user: number) => Promise<void>

export function listing(options: PerUserOptions): Scenario {
  return perUser(options, async (sessions, user) => {
    const { length } = await sessions.listForUser(userIdOf(user))
    if (length === 0) throw new Error('A user of the table has no sessions')
  })
}

export function signingIn(options: PerUserOptions): Scenario {
  return perUser(options, async (sessions, user) => {
    const client = clientOf(user)
    const { status } = await sessions.signIn({ userId: userIdOf(user), client, remember: true })
    if (status !== 'signed-in') throw new Error('A sign-in was rejected')
  })
}

export function revokingAll(options: PerUserOptions): Scenario {
  return perUser(options, async (sessions, user) => {
    const ended = await sessions.revokeAllForUser(userIdOf(user), { reason: 'password-changed' })
    if (ended.length < sessionsPerUser) throw new Error('A user of the table had too few sessions')
  })
}

/** Each operation is for another user, scattered over the table. */
function perUser({ rounds, operations, inFlight }: PerUserOptions, act: UserOperation): Scenario {
  return {
    rounds,
    prepare({ store }, size) {
      const sessions = openSessions(store)
      const users = Math.floor(size / sessionsPerUser)
      const first = Math.floor(Math.random() * users)
      let usedCount = 0
      return {
        next() {
          const offset = usedCount
          usedCount += operations
          return {
            operations,
            inFlight,
            run: (index) => act(sessions, (first + (offset + index) * stride) % users),
          }
        },
        close: () => sessions.close(),
      }
    },
  }
}

/** A prime that divides no number of users, so that all users are used before one repeats. */
const stride = 7_919
