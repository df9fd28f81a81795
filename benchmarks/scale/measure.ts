import type { Instant } from 'coatcheck'
import type { Engine, TableSizes } from './engine.ts'
import type { Comparison, Figures } from './figures.ts'
import { smallSize } from './options.ts'
import { verifyingCached } from './scenarios/cached.ts'
import { coldVerify } from './scenarios/cold-cache.ts'
import { listing, revokingAll, signingIn } from './scenarios/per-user.ts'
import { measureAlternately, type Scenario } from './scenarios/scenario.ts'
import { type SweepFigures, sweepTwice } from './scenarios/sweep.ts'
import { type TouchSummary, touchBatches } from './scenarios/touch.ts'
import { checkFill, verifying } from './scenarios/verify.ts'

/** The measurements at one size. */
export interface SizeResult {
  readonly size: number
  readonly fillSeconds: number
  readonly sizes: TableSizes
  /** By operation. */
  readonly compared: Readonly<Record<string, Comparison>>
  /** At the maximum size only. */
  readonly coldCache: Readonly<Record<string, Figures | null>>
  readonly touch: TouchSummary
  readonly sweeps: readonly SweepFigures[]
}

interface Step {
  readonly size: number
  readonly now: Instant
  readonly isMaxSize: boolean
}

/** Fills both tables and runs all measurements, those that change the tables last. */
export async function measureSize(engine: Engine, step: Step): Promise<SizeResult> {
  const { size, now } = step
  log(engine, size, 'fill')
  const started = performance.now()
  await engine.main.fill(size, now)
  const fillSeconds = (performance.now() - started) / 1_000
  await engine.small.fill(smallSize, now)
  await checkFill(engine.main, size)
  const sizes = await engine.main.sizes()
  const compared: Record<string, Comparison> = {}
  for (const [name, scenario] of Object.entries(scenariosOf(engine))) {
    log(engine, size, name)
    compared[name] = await measureAlternately(engine, size, scenario)
  }
  log(engine, size, 'touch and sweep')
  const touch = await touchBatches(engine.main, size, now)
  const sweeps = await sweepTwice(engine, now)
  const coldCache = step.isMaxSize ? await measureColdCache(engine, size) : {}
  return { size, fillSeconds, sizes, compared, coldCache, touch, sweeps }
}

function scenariosOf(engine: Engine): Readonly<Record<string, Scenario>> {
  const { inFlight, operationFactor } = engine
  const verify = { rounds: 7, operations: 3_000 * operationFactor, inFlight: 1 }
  const perUser = { rounds: 5, operations: 300, inFlight: 1 }
  const hotSessions = 10_000
  return {
    verify: verifying(verify),
    ...(inFlight > 1
      ? { [`verify, ${inFlight} concurrent`]: verifying({ ...verify, inFlight }) }
      : {}),
    ...(engine.main.mapFile
      ? { 'verify, file mapped': verifying({ ...verify, mapped: true }) }
      : {}),
    'verify, 10 k hot sessions': verifying({ ...verify, hotSessions }),
    'verify, activity written': verifying({ ...verify, inFlight, activity: true }),
    'verify from the cache': verifyingCached({ rounds: 5, operations: 50_000, hotSessions }),
    list: listing(perUser),
    'sign in': signingIn(perUser),
    'revoke all of a user': revokingAll({ ...perUser, operations: 50 }),
  }
}

async function measureColdCache(
  engine: Engine,
  size: number,
): Promise<Readonly<Record<string, Figures | null>>> {
  log(engine, size, 'cold')
  return {
    'pages from the system cache': await coldVerify(engine, size, 'engine-empty'),
    'pages from the disk': await coldVerify(engine, size, 'all-empty'),
  }
}

/** Prints the current step. */
export function log({ name }: Engine, size: number, step: string): void {
  console.error(`${name}, ${size.toLocaleString('en')} sessions: ${step}`)
}
