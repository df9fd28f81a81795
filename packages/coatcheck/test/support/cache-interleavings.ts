import fc from 'fast-check'
import type { SessionId } from '../../src/domain/session.ts'
import type { Sessions } from '../../src/index.ts'
import { createMemorySessionStore } from '../../src/stores/memory/session-store.ts'
import { delayed, interleaved } from './interleaved.ts'
import { type Cart, openSessions, signIn } from './open-sessions.ts'

/** Operations of the process with the cache, and of another one. More verifications than changes. */
const operations = [
  ...[
    'verify',
    'verify',
    'verify',
    'verify',
    'uncached',
    'uncached',
    'list',
    'save',
    'rotate',
    'revoke',
  ],
  ...['revoke-all', 'sign-in', 'rotate-there', 'rotate-there', 'revoke-there', 'revoke-all-there'],
  ...['save-there', 'purge-there'],
]

interface Step {
  readonly operation: string
  readonly device: number
  readonly age: number
}

const step: fc.Arbitrary<Step> = fc.record({
  operation: fc.constantFrom(...operations),
  /** Two sessions, so that operations collide. */
  device: fc.nat({ max: 1 }),
  /** Which of the session's tokens: 0 is the newest. */
  age: fc.constantFrom(0, 0, 0, 1),
})

export interface InterleavingOptions {
  readonly runs: number
  readonly seed: number
}

/**
 * Generates operations of two processes on one store and interleaves them at every store call: `here`
 * has a cache, `there` has none, and notifications arrive late. Rejects with the shortest history in
 * which `here` contradicts what it has learned:
 *
 * - A token that it rejected, or whose session it knows to have ended, is accepted later.
 * - A token that was valid during the whole verification is rejected.
 */
export async function checkCacheInterleavings({ runs, seed }: InterleavingOptions): Promise<void> {
  const steps = fc.array(step, { minLength: 3, maxLength: 12 })
  const property = fc.asyncProperty(fc.scheduler(), steps, checkInterleaving)
  await fc.assert(property, { numRuns: runs, seed })
}

async function checkInterleaving(scheduler: fc.Scheduler, steps: readonly Step[]): Promise<void> {
  const processes = await openProcesses(scheduler)
  const { here, there } = processes
  const run = createRunner(processes)
  const start = async (each: Step, index: number) => {
    await scheduler.schedule(Promise.resolve(), `step ${index}`)
    await run(each, index)
  }
  await scheduler.waitFor(Promise.all(steps.map(start)))
  for (const device of [0, 1]) {
    for (const age of [0, 1]) {
      await scheduler.waitFor(run({ operation: 'verify', device, age }, steps.length))
    }
  }
  await scheduler.waitFor(Promise.all([here.close(), there.close()]))
}

/** A token, and what the operations so far say about it. */
interface Token {
  readonly text: string
  /** Whether a rotation of it has started. */
  isRotating: boolean
  /** Whether it was replaced. */
  isReplaced: boolean
  /** Whether `here` knows that it is invalid. */
  isKnownInvalid: boolean
}

interface Device {
  readonly id: SessionId
  /** The newest first. */
  readonly tokens: Token[]
  /** Whether an operation that may end the session has started. */
  isEnding: boolean
  /** Whether it has ended. */
  hasEnded: boolean
  /** Whether `here` knows that it has ended. */
  isKnownEnded: boolean
}

type Processes = Awaited<ReturnType<typeof openProcesses>>

async function openProcesses(scheduler: fc.Scheduler) {
  const store = createMemorySessionStore()
  const there = openSessions({ store }).sessions
  const devices = [await openDevice(there), await openDevice(there)]
  const channel = delayed(store.revocations, scheduler, (id) => {
    for (const device of devices) {
      if (device.id !== id) continue
      device.isKnownEnded ||= device.hasEnded
      for (const token of device.tokens) token.isKnownInvalid ||= token.isReplaced
    }
  })
  const options = { onSecretReuse: 'report', cache: { channel } } as const
  const here = openSessions({ ...options, store: interleaved(store, scheduler) }).sessions
  return { store, here, there, devices }
}

async function openDevice(sessions: Sessions<Cart>): Promise<Device> {
  const { token, session } = await signIn(sessions)
  const state = { isEnding: false, hasEnded: false, isKnownEnded: false }
  return { id: session.id, tokens: [newToken(token)], ...state }
}

function newToken(text: string): Token {
  return { text, isRotating: false, isReplaced: false, isKnownInvalid: false }
}

/** With an IP address, so that unknown tokens are counted and remembered. */
const client = { ipAddress: '203.0.113.7', userAgent: null }

/** Creates a function that runs one step and throws if a verification violates the rules. */
function createRunner({ store, here, there, devices }: Processes) {
  async function verify(device: Device, token: Token, skipCache: boolean): Promise<void> {
    const isInvalid = token.isKnownInvalid || device.isKnownEnded
    const { status } = await here.verify(token.text, client, { skipCache })
    if (status === 'active') {
      if (isInvalid) throw new Error('a token is accepted that is known to be invalid')
      return
    }
    if (!token.isRotating && !device.isEnding) throw new Error('a valid token is rejected')
    token.isKnownInvalid = true
    device.isKnownEnded ||= status === 'ended'
  }

  async function rotate(sessions: Sessions<Cart>, device: Device, token: Token): Promise<void> {
    token.isRotating = true
    const outcome = await sessions.rotate(token.text)
    if (outcome.status === 'rotated') {
      token.isReplaced = true
      device.tokens.unshift(newToken(outcome.token))
    }
    token.isKnownInvalid ||= sessions === here
  }

  /** Runs an operation after which the sessions have ended. */
  async function end(ending: readonly Device[], operation: Promise<unknown>): Promise<void> {
    for (const device of ending) device.isEnding = true
    await operation
    for (const device of ending) device.hasEnded = true
  }

  async function endHere(ending: readonly Device[], operation: Promise<unknown>): Promise<void> {
    await end(ending, operation)
    for (const device of ending) device.isKnownEnded = true
  }

  async function save(device: Device, key: string): Promise<void> {
    const isEnded = (await here.saveData(device.id, { [key]: true })) === null
    device.isKnownEnded ||= isEnded
  }

  const revocation = { reason: 'signed-out' } as const
  const signInAgain = (presentedToken: string) => here.signIn({ userId: 'user-1', presentedToken })
  type Run = (device: Device, token: Token, key: string) => Promise<unknown>
  const runs: Readonly<Record<string, Run>> = {
    verify: (device, token) => verify(device, token, false),
    uncached: (device, token) => verify(device, token, true),
    list: () => here.listForUser('user-1'),
    save: (device, _token, key) => save(device, key),
    rotate: (device, token) => rotate(here, device, token),
    revoke: (device) => endHere([device], here.revokeSessionOfAnyUser(device.id, revocation)),
    'revoke-all': () => endHere(devices, here.revokeAllForUser('user-1', revocation)),
    async 'sign-in'(device, token) {
      // Ends the session only if the store still knows the token.
      device.isEnding = true
      await signInAgain(token.text)
    },
    'rotate-there': (device, token) => rotate(there, device, token),
    'revoke-there': (device) => end([device], there.revokeSessionOfAnyUser(device.id, revocation)),
    'revoke-all-there': () => end(devices, there.revokeAllForUser('user-1', revocation)),
    'save-there': (device, _token, key) => there.saveData(device.id, { [key]: true }),
    'purge-there': () => store.purge(Number.MAX_SAFE_INTEGER, 100),
  }

  return async function run({ operation, device: index, age }: Step, number: number) {
    const device = devices[index]
    const token = device?.tokens[age] ?? device?.tokens[0]
    if (device === undefined || token === undefined) return
    await runs[operation]?.(device, token, `key-${number}`)
  }
}
