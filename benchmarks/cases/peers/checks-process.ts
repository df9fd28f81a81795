import { respondToParent } from '../../harness/child.ts'
import { openSessions } from '../coatcheck-sessions.ts'
import { createJwt } from './jwt.ts'

/** Measures verification without HTTP: `node checks-process.ts SESSIONS POSTGRES-URL SQLITE-FILE`. */
const [count = '', url = '', file = ''] = process.argv.slice(2)

interface Candidate {
  readonly name: string
  readonly tokens: readonly string[]
  /** Returns the user, or `null`. */
  check(token: string): Promise<string | null>
}

const users = Array.from(
  { length: Number(count) },
  (_, index) => `user-${String(index).padStart(5, '0')}`,
)
const candidates = [
  await withJwt('jose-hs256', 'HS256'),
  await withJwt('jose-eddsa', 'EdDSA'),
  await withSessions('coatcheck-postgres-cached', url, 'postgres-cached'),
  await withSessions('coatcheck-sqlite-cached', `${file}-cached`, 'sqlite-cached'),
  await withSessions('coatcheck-sqlite', file, 'sqlite'),
]

respondToParent<{ readonly seconds: number; readonly rotations: number }>(async (shape) => {
  const cpu: Record<string, number> = {}
  for (const candidate of candidates) cpu[candidate.name] = await measure(candidate, shape)
  return cpu
})

async function withJwt(name: string, algorithm: string): Promise<Candidate> {
  const jwt = await createJwt(algorithm)
  return { name, tokens: await Promise.all(users.map(jwt.sign)), check: jwt.verify }
}

async function withSessions(name: string, database: string, variant: string): Promise<Candidate> {
  const { sessions } = await openSessions({ database, variant })
  const client = { ipAddress: '127.0.0.1', userAgent: 'a browser' }
  const tokens: string[] = []
  for (const userId of users) {
    const signedIn = await sessions.signIn({ userId, client })
    if (signedIn.status !== 'signed-in') throw new Error('A sign-in was rejected')
    tokens.push(signedIn.token)
  }
  return {
    ...{ name, tokens },
    async check(token) {
      const verified = await sessions.verify(token, client)
      return verified.status === 'active' ? verified.session.userId : null
    },
  }
}

/** Several verifications in flight, with turns of the event loop in between, as in a server. */
const concurrency = 16
const checksPerTurn = 16

/** Processor time of one verification, in µs, all threads. Every result is compared. */
async function measure(
  { name, tokens, check }: Candidate,
  { seconds, rotations }: { readonly seconds: number; readonly rotations: number },
): Promise<number> {
  const minChecks = tokens.length * rotations
  let done = 0
  const before = process.cpuUsage()
  const deadline = performance.now() + seconds * 1_000

  async function work(): Promise<void> {
    while (performance.now() < deadline || done < minChecks) {
      for (let turn = 0; turn < checksPerTurn; turn += 1) {
        const index = done % tokens.length
        done += 1
        const user = await check(tokens[index] ?? '')
        if (user !== users[index]) throw new Error(`${name} returned the wrong user`)
      }
      await new Promise((resolve) => setImmediate(resolve))
    }
  }

  await Promise.all(Array.from({ length: concurrency }, work))
  const { user, system } = process.cpuUsage(before)
  return (user + system) / done
}
