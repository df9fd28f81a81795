import { setTimeout } from 'node:timers/promises'
import { type PlannedFault, plannedFaults } from 'coatcheck/testing-chaos'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { aBrowser } from '../support/browser.ts'
import { openStorage, type Storage } from '../support/storage.ts'
import { operator, postLink, setUp, shortCodeIn } from './support/accounts.ts'
import { type Place, startPlaces } from './support/chaos-programs.ts'
import type { Program } from './support/program.ts'

/** `npm run chaos:app` sets them. */
const runs = Number(process.env.CHAOS_RUNS ?? '1')
const seed = Number(process.env.CHAOS_SEED ?? '1')

const clients = 10
const stepsPerRun = 240
/** How long the program serves a session from its cache, in ms: the default of the library. */
const lease = 2_000

/** Everything that clients know, and what they have found wrong. */
interface Knowledge {
  readonly links: string[]
  readonly signedIn: { readonly token: string; endsAt: number; endedAt: number }[]
  /** Followed links: those that were answered at each generation of a place, and all attempts. */
  readonly clicks: Map<string, number>
  attempts: number
  readonly violations: string[]
  requests: number
  unavailable: number
}

const actions = [
  'shorten',
  'click',
  'click',
  'click',
  'check',
  'check',
  'sign-in',
  'sign-out',
] as const

const plan = fc.record({
  steps: fc.array(
    fc.record({
      place: fc.nat(1),
      action: fc.constantFrom(...actions),
      pick: fc.nat(7),
    }),
    { minLength: stepsPerRun, maxLength: stepsPerRun },
  ),
  faults: plannedFaults({
    workers: 2,
    operations: stepsPerRun,
    most: 5,
    lengths: [30, 200, 900, 2_500],
    jumps: false,
    databaseFaults: [],
  }),
})

type Step = (typeof plan extends fc.Arbitrary<infer Value> ? Value : never)['steps'][number]

/** Whether a request may fail so: the program is unavailable, or says that its database is. */
function isUnavailable(knowledge: Knowledge, status: number): boolean {
  knowledge.requests += 1
  if (status === 503) knowledge.unavailable += 1
  return status === 503
}

async function shorten(program: Program, knowledge: Knowledge): Promise<void> {
  const { status, body } = await postLink(program, `https://example.com/${knowledge.requests}`)
  if (isUnavailable(knowledge, status)) return
  if (status === 201) knowledge.links.push(shortCodeIn(body))
  else knowledge.violations.push(`a new link was answered with ${status}`)
}

async function click(
  program: Program,
  knowledge: Knowledge,
  { code, place }: { readonly code: string; readonly place: string },
): Promise<void> {
  knowledge.attempts += 1
  const { status } = await program.send(`/${code}`)
  if (isUnavailable(knowledge, status)) return
  if (status === 302) knowledge.clicks.set(place, (knowledge.clicks.get(place) ?? 0) + 1)
  else knowledge.violations.push(`the acknowledged link ${code} was answered with ${status}`)
}

async function signIn(program: Program, knowledge: Knowledge): Promise<void> {
  const browser = aBrowser(program)
  const page = await browser.open('/login')
  if (isUnavailable(knowledge, page.status)) return
  const { status } = await browser.signIn(operator)
  // Failures and many sign-ins of one address are throttled.
  if (isUnavailable(knowledge, status) || status === 429) return
  const token = browser.sessionCookie()
  if (status !== 303) knowledge.violations.push(`a sign-in was answered with ${status}`)
  else {
    const never = Number.POSITIVE_INFINITY
    knowledge.signedIn.push({ token, endsAt: never, endedAt: never })
  }
}

type SignedIn = Knowledge['signedIn'][number]

async function check(program: Program, knowledge: Knowledge, session: SignedIn): Promise<void> {
  const startedAt = performance.now()
  const { status } = await withToken(program, session.token).send('/api/session')
  if (isUnavailable(knowledge, status)) return
  const mayHaveEnded = session.endsAt <= performance.now()
  if (status === 200 && startedAt > session.endedAt + lease) {
    knowledge.violations.push('a session was accepted after its sign-out')
  } else if (status !== 200 && !(status === 401 && mayHaveEnded)) {
    knowledge.violations.push(`an active session was answered with ${status}`)
  }
}

async function signOut(program: Program, knowledge: Knowledge, session: SignedIn): Promise<void> {
  const browser = withToken(program, session.token)
  const page = await browser.open('/settings')
  if (isUnavailable(knowledge, page.status) || page.status !== 200) return
  session.endsAt = Math.min(session.endsAt, performance.now())
  const { status } = await browser.submit('/logout', {}, { on: '/settings' })
  if (isUnavailable(knowledge, status)) return
  if (status === 303) session.endedAt = Math.min(session.endedAt, performance.now())
}

function withToken(program: Program, token: string) {
  const browser = aBrowser(program)
  browser.cookies.set('session-dev', token)
  return browser
}

async function perform(
  place: Place,
  program: Program,
  { step, knowledge }: { readonly step: Step; readonly knowledge: Knowledge },
): Promise<void> {
  const { action, pick } = step
  const code = knowledge.links.at(-1 - (pick % Math.max(1, knowledge.links.length)))
  const session = knowledge.signedIn.at(-1 - (pick % Math.max(1, knowledge.signedIn.length)))
  if (action === 'shorten') return shorten(program, knowledge)
  if (action === 'click' && code !== undefined) {
    return click(program, knowledge, { code, place: `${step.place}/${place.generation()}` })
  }
  if (action === 'check' && session !== undefined) return check(program, knowledge, session)
  if (action === 'sign-out' && session !== undefined) return signOut(program, knowledge, session)
  if (action === 'sign-in') return signIn(program, knowledge)
}

interface Planned {
  readonly steps: readonly Step[]
  readonly faults: readonly PlannedFault[]
}

async function run(places: readonly Place[], { steps, faults }: Planned, knowledge: Knowledge) {
  const remaining = steps.entries()
  const ending: Promise<void>[] = []

  async function inject(fault: PlannedFault): Promise<void> {
    const place = places[fault.worker ?? 0]
    await place?.begin(fault)
    await setTimeout(fault.length)
    await place?.end(fault)
  }

  async function repeat(): Promise<void> {
    for (const [index, step] of remaining) {
      ending.push(...faults.filter(({ at }) => at === index).map(inject))
      const place = places[step.place]
      const program = place?.program()
      // A request to a program that was killed has no answer, which is right.
      if (place && program) await perform(place, program, { step, knowledge }).catch(() => {})
    }
  }

  await Promise.all(Array.from({ length: clients }, repeat))
  await Promise.all(ending)
}

async function countClicks(storage: Storage): Promise<number> {
  const [row] = await storage.query('SELECT count(*)::integer AS count FROM clicks')
  return Number(Object.values(row ?? {})[0])
}

/** After the faults: everything that was acknowledged is there. */
async function checkAfterwards(
  { places, storage }: { readonly places: readonly Place[]; readonly storage: Storage },
  knowledge: Knowledge,
): Promise<void> {
  for (const place of places) {
    await expect.poll(async () => (await place.program()?.send('/ready'))?.status).toBe(200)
  }
  const program = places[0]?.program()
  if (!program) throw new Error('No program runs')
  const kept = places.flatMap((place, index) => {
    return knowledge.clicks.get(`${index}/${place.generation()}`) ?? 0
  })
  const atLeast = kept.reduce((sum, count) => sum + count, 0)
  await expect.poll(() => countClicks(storage)).toBeGreaterThanOrEqual(atLeast)
  expect(await countClicks(storage)).toBeLessThanOrEqual(knowledge.attempts)
  for (const code of knowledge.links) {
    const { status } = await program.send(`/${code}`)
    if (status !== 302) knowledge.violations.push(`the link ${code} is lost: ${status}`)
    else knowledge.attempts += 1
  }
  await setTimeout(lease)
  for (const session of knowledge.signedIn) await check(program, knowledge, session)
}

it(
  'two programs under faults lose no acknowledged link, session, sign-out or click',
  async () => {
    for (let index = 0; index < runs; index += 1) {
      const [planned] = fc.sample(plan, { seed: seed + index, numRuns: 1 })
      if (planned === undefined) throw new Error('No plan')
      await using storage = await openStorage('postgres')
      const places = await startPlaces(storage, 2)
      const knowledge: Knowledge = {
        links: [],
        signedIn: [],
        clicks: new Map(),
        attempts: 0,
        violations: [],
        requests: 0,
        unavailable: 0,
      }
      try {
        const first = places[0]?.program()
        if (first) await setUp(first)
        await run(places, planned, knowledge)
        await checkAfterwards({ places, storage }, knowledge)
      } finally {
        for (const place of places) await place[Symbol.asyncDispose]()
      }
      expect(knowledge.violations, `seed ${seed + index}`).toEqual([])
      expect(knowledge.links.length).toBeGreaterThan(0)
      if (runs > 1) {
        const { requests, unavailable, attempts } = knowledge
        console.log(JSON.stringify({ seed: seed + index, requests, unavailable, clicks: attempts }))
      }
    }
  },
  120_000 * runs,
)
