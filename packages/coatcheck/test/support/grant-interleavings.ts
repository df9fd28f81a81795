import fc from 'fast-check'
import { createGrants, type GrantId, type Grants } from '../../src/grants.ts'
import { createMemoryGrantStore } from '../../src/stores/memory/grant-store.ts'
import { anInstant } from '../../src/testing/builders.ts'
import { createFakeClock } from '../../src/testing/fake-clock.ts'
import type { InterleavingOptions } from './cache-interleavings.ts'
import { delayed, interleaved } from './interleaved.ts'

/** Operations of the process with the cache, and of another one. Most are verifications and refreshes. */
const operations = [
  ...['verify', 'verify', 'verify', 'verify-there', 'inspect', 'list'],
  ...['refresh', 'refresh', 'refresh', 'refresh-there', 'refresh-there', 'wait'],
  ...['revoke', 'revoke-token', 'revoke-all', 'revoke-client'],
  ...['revoke-there', 'revoke-token-there', 'revoke-all-there', 'issue', 'issue-there', 'purge'],
]

interface Step {
  readonly operation: string
  readonly device: number
  readonly age: number
}

const step: fc.Arbitrary<Step> = fc.record({
  operation: fc.constantFrom(...operations),
  /** Two grants of one user to one client, so that operations collide. */
  device: fc.nat({ max: 1 }),
  /** Which of the grant's tokens: 0 is the newest. */
  age: fc.constantFrom(0, 0, 0, 1, 2),
})

/**
 * Generates operations of two processes on one grant store and interleaves them at every store call: `here` has a cache,
 * `there` has none, and notifications arrive late. Rejects with the shortest history in which
 *
 * - a grant that has ended issues tokens, or an access token of it is accepted by a process that knows;
 * - a refresh token has two successors, or a grant two current refresh tokens;
 * - concurrent refreshes with one token end the grant;
 * - an authorization from before all grants of the user ended becomes a grant;
 * - an access token that was valid during the whole verification is rejected.
 */
export async function checkGrantInterleavings({ runs, seed }: InterleavingOptions): Promise<void> {
  const steps = fc.array(step, { minLength: 3, maxLength: 12 })
  const property = fc.asyncProperty(fc.scheduler(), steps, checkInterleaving)
  await fc.assert(property, { numRuns: runs, seed })
}

async function checkInterleaving(scheduler: fc.Scheduler, steps: readonly Step[]): Promise<void> {
  const processes = await openProcesses(scheduler)
  const run = createRunner(processes)
  const start = async (each: Step, index: number) => {
    await scheduler.schedule(Promise.resolve(), `step ${index}`)
    await run(each)
  }
  await scheduler.waitFor(Promise.all(steps.map(start)))
  for (const device of [0, 1]) {
    for (const age of [0, 1, 2]) {
      for (const operation of ['verify', 'verify-there']) {
        await scheduler.waitFor(run({ operation, device, age }))
      }
    }
  }
  for (const device of processes.devices) await checkCurrentTokens(processes.there, device)
  await scheduler.waitFor(Promise.all([processes.here.close(), processes.there.close()]))
}

interface TokenPair {
  readonly accessToken: string
  readonly refreshToken: string
}

/** A grant, and what the operations so far say about it. */
interface Device {
  readonly id: GrantId
  /** The oldest first: each refresh token has one successor. */
  readonly pairs: TokenPair[]
  /** The tokens of refreshes that have started and not returned, by their index. */
  readonly refreshing: number[]
  /** Refreshes that have started. Each may have replaced a token. */
  started: number
  /** Pairs that `here` knows. */
  known: number
  /** Whether an operation that may end the grant has started. */
  isEnding: boolean
  hasEnded: boolean
  /** Whether `here` knows that it has ended. */
  isKnownEnded: boolean
}

type Processes = Awaited<ReturnType<typeof openProcesses>>

async function openProcesses(scheduler: fc.Scheduler) {
  const store = createMemoryGrantStore()
  const clock = createFakeClock()
  const there = createGrants(store, { clock })
  const devices = [await openDevice(there), await openDevice(there)]
  const channel = delayed(store.revocations, scheduler, (id) => {
    for (const device of devices) if (device.id === id) learn(device)
  })
  const here = createGrants(interleaved(store, scheduler), { clock, cache: { channel } })
  return { store, clock, here, there, devices }
}

/** What `here` knows from now on. */
function learn(device: Device): void {
  device.isKnownEnded ||= device.hasEnded
  device.known = Math.max(device.known, device.pairs.length)
}

const owner = { userId: 'ada', clientId: 'cli' } as const

function request(authorizedAt: number) {
  return { ...owner, scopes: ['links:read'], authenticatedAt: anInstant, authorizedAt }
}

async function openDevice(grants: Grants): Promise<Device> {
  const outcome = await grants.issue(request(anInstant))
  if (outcome.status !== 'issued') throw new Error(`refused: ${outcome.reason}`)
  const { accessToken, refreshToken } = outcome
  return {
    id: outcome.grant.id,
    pairs: [{ accessToken, refreshToken }],
    refreshing: [],
    started: 0,
    known: 1,
    isEnding: false,
    hasEnded: false,
    isKnownEnded: false,
  }
}

/** A grant that has not ended has one current refresh token, and one that has ended has none. */
async function checkCurrentTokens(grants: Grants, device: Device): Promise<void> {
  const found = await Promise.all(device.pairs.map((pair) => grants.inspect(pair.refreshToken)))
  const current = found.filter(({ kind }) => kind === 'refresh')
  if (current.length > 1) throw new Error('a grant has two current refresh tokens')
  if (current.length === 1 && device.hasEnded) throw new Error('an ended grant has a token')
  if (current.length === 0 && !device.isEnding) throw new Error('a live grant has no token')
}

interface View {
  readonly isEnded: boolean
  readonly pairs: number
}

function requireAcceptable({ isEnded, pairs }: View, index: number): void {
  if (isEnded) throw new Error('an access token of an ended grant is accepted')
  // Of the current pair and the one before, for requests in flight.
  if (index < pairs - 2) throw new Error('an outdated access token is accepted')
}

function requireRejectable({ started, isEnding }: Device, index: number): void {
  const isCurrent = started <= index + 1
  if (isCurrent && !isEnding) throw new Error('a valid access token is rejected')
}

function requireExpectedRejection({ isEnding }: Device, reason: string): void {
  // It is unknown after the purge.
  const isOfEnded = ['reused', 'ended', 'unknown'].includes(reason)
  if (!isOfEnded) throw new Error(`a refresh is rejected as ${reason}`)
  if (!isEnding) throw new Error('a live grant is ended by its current token')
}

function addSuccessor(device: Device, index: number, pair: TokenPair): void {
  const { accessToken, refreshToken } = pair
  const successor = device.pairs[index + 1]
  if (successor === undefined) device.pairs.push({ accessToken, refreshToken })
  else if (successor.refreshToken !== refreshToken || successor.accessToken !== accessToken) {
    throw new Error('a refresh token has two successors')
  }
}

/** Creates a function that runs one step and throws if its result violates the rules. */
function createRunner({ store, clock, here, there, devices }: Processes) {
  let allEndedAt = Number.NEGATIVE_INFINITY

  async function verify(grants: Grants, device: Device, index: number): Promise<void> {
    const view = viewOf(grants, device)
    const verification = await grants.verify(device.pairs[index]?.accessToken)
    if (verification.status === 'active') requireAcceptable(view, index)
    else requireRejectable(device, index)
    if (grants === here) device.isKnownEnded ||= verification.status === 'ended'
  }

  /** What a process knows before a verification. */
  function viewOf(grants: Grants, device: Device): View {
    return grants === here
      ? { isEnded: device.isKnownEnded, pairs: device.known }
      : { isEnded: device.hasEnded, pairs: device.pairs.length }
  }

  async function refresh(grants: Grants, device: Device, index: number): Promise<void> {
    const refreshToken = device.pairs[index]?.refreshToken ?? ''
    const hadEnded = device.hasEnded
    // The token is outdated, or can become so before it is read: not by refreshes with the same token.
    const isSameToken = device.refreshing.every((other) => other === index)
    device.isEnding ||= index < device.pairs.length - 1 || !isSameToken
    device.refreshing.push(index)
    device.started += 1
    const outcome = await grants.refresh({ refreshToken, clientId: owner.clientId })
    device.refreshing.splice(device.refreshing.indexOf(index), 1)
    if (outcome.status === 'rejected') {
      requireExpectedRejection(device, outcome.reason)
      device.hasEnded = true
      if (grants === here) learn(device)
    } else {
      if (hadEnded) throw new Error('an ended grant issues tokens')
      addSuccessor(device, index, outcome)
      // Only this: what it has read may have changed since.
      if (grants === here) device.known = Math.max(device.known, index + 2)
    }
  }

  /** Runs an operation after which the grants have ended. */
  async function end(
    grants: Grants,
    ending: readonly Device[],
    operation: () => Promise<unknown>,
  ): Promise<void> {
    for (const device of ending) device.isEnding = true
    await operation()
    for (const device of ending) device.hasEnded = true
    if (grants === here) ending.forEach(learn)
  }

  async function revokeAll(grants: Grants): Promise<void> {
    const at = clock.now()
    await end(grants, devices, () => grants.revokeAllForUser('ada', revocation))
    allEndedAt = Math.max(allEndedAt, at)
  }

  async function issue(grants: Grants): Promise<void> {
    const authorizedAt = clock.now()
    const isOutdated = authorizedAt <= allEndedAt
    const outcome = await grants.issue(request(authorizedAt))
    if (outcome.status === 'issued' && isOutdated)
      throw new Error('an outdated consent is accepted')
  }

  /** Ends the grant unless the token is neither a current refresh token nor a valid access token. */
  async function revokeToken(grants: Grants, device: Device): Promise<void> {
    device.isEnding = true
    const token = device.pairs.at(-1)?.refreshToken ?? ''
    await grants.revokeToken({ token, clientId: owner.clientId })
    device.hasEnded = true
    if (grants === here) learn(device)
  }

  const revocation = { reason: 'ended-by-user' } as const
  type Run = (device: Device, index: number) => Promise<unknown>
  const runs: Readonly<Record<string, Run>> = {
    verify: (device, index) => verify(here, device, index),
    'verify-there': (device, index) => verify(there, device, index),
    async inspect(device, index) {
      const isEnded = device.hasEnded
      const found = await here.inspect(device.pairs[index]?.accessToken ?? '')
      if (found.kind !== 'none' && isEnded) throw new Error('an ended grant is introspected')
    },
    async list() {
      const ended = devices.filter(({ hasEnded }) => hasEnded).map(({ id }) => id)
      const listed = await here.list('ada')
      if (listed.some(({ id }) => ended.includes(id))) throw new Error('an ended grant is listed')
    },
    refresh: (device, index) => refresh(here, device, index),
    'refresh-there': (device, index) => refresh(there, device, index),
    /** Until the replaced tokens are past their grace period. */
    async wait() {
      for (const device of devices) device.isEnding ||= device.refreshing.length > 0
      clock.advance(10_000)
    },
    revoke: (device) => end(here, [device], () => here.revoke('ada', device.id, revocation)),
    'revoke-there': (device) =>
      end(there, [device], () => there.revoke('ada', device.id, revocation)),
    'revoke-token': (device) => revokeToken(here, device),
    'revoke-token-there': (device) => revokeToken(there, device),
    'revoke-all': () => revokeAll(here),
    'revoke-all-there': () => revokeAll(there),
    'revoke-client': () => end(here, devices, () => here.revokeAllOfClient('cli', revocation)),
    issue: () => issue(here),
    'issue-there': () => issue(there),
    purge: () => store.purge(Number.MAX_SAFE_INTEGER, 100),
  }

  return async function run({ operation, device: number, age }: Step) {
    const device = devices[number]
    if (device === undefined) return
    await runs[operation]?.(device, Math.max(0, device.pairs.length - 1 - age))
  }
}
