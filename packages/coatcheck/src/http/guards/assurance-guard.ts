import {
  type AssuranceLevel,
  assuranceLevelOf,
  type UsedMethod,
} from '../../domain/authentication.ts'
import { parseDuration } from '../../domain/duration.ts'
import { type OptionNames, requireCallOptions } from '../../domain/options.ts'
import type { Session } from '../../domain/session.ts'
import { requireArgument } from '../../domain/storable.ts'
import { day, type Milliseconds, minute } from '../../domain/time.ts'
import type { StepUpReason } from '../../sessions/sessions.ts'
import type { Exchange } from '../exchange/exchange.ts'
import { isResponse } from '../is-response.ts'
import type { WebContext } from '../web-context.ts'
import type { AssuranceOptions } from '../web-sessions.ts'
import { describeAssurance, detailOf } from './refusal-details.ts'
import type { RefusalCode } from './refusals.ts'
import { readStepUpReason, refuseOrRedirect, requireSession } from './session-guard.ts'

/** `AssuranceOptions` with a checked duration; `null` for none. */
interface Requirement {
  readonly level: AssuranceLevel
  readonly within: Milliseconds | null
}

const assuranceOptionNames: OptionNames<AssuranceOptions> = { level: true, within: true }

/** Throws `invalid-argument`: a requirement that cannot be interpreted must not pass requests. */
export function parseRequirement(options: AssuranceOptions): Requirement {
  requireCallOptions('requireAssurance', options, assuranceOptionNames)
  const { level } = options
  requireArgument(level === 2 || level === 3, 'level of requireAssurance must be 2 or 3')
  if (options.within === undefined) return { level, within: null }
  const within = parseDuration(options.within)
  const isInRange = Number.isSafeInteger(within) && within >= minute && within <= day
  requireArgument(
    isInRange,
    `within of requireAssurance must be a duration from 1m to 24h, such as '15m', not ${String(options.within)}`,
  )
  return { level, within }
}

/** Requires an assurance level, as `WebSessions.requireAssurance` states. */
export async function requireAssurance<Data>(
  context: WebContext<Data>,
  exchange: Exchange<Data>,
  options: AssuranceOptions,
): Promise<Response | Session<Data>> {
  const requirement = parseRequirement(options)
  const { level, within } = requirement
  const session = await requireSession(context, exchange, { skipCache: within !== null })
  if (isResponse(session)) return session
  const stepUpReason = within === null ? null : await readStepUpReason(exchange)
  const shortfall = findShortfall(session, requirement, {
    now: context.clock.now(),
    stepUpReason,
  })
  if (shortfall === null) return session

  const { code, reason } = shortfall
  const { reauthenticatePath } = context
  const detail = detailOf(context, () =>
    describeAssurance(session.methods, level, [reason, reauthenticatePath]),
  )
  return refuseOrRedirect(context, exchange, [
    code,
    `${reauthenticatePath}?level=${level}&`,
    detail,
  ])
}

interface Shortfall {
  readonly code: Extract<RefusalCode, 'step_up_required' | 'recent_authentication_required'>
  readonly reason: StepUpReason | 'assurance-too-low' | 'authenticated-too-long-ago'
}

function findShortfall(
  { assuranceLevel, methods }: { assuranceLevel: AssuranceLevel; methods: readonly UsedMethod[] },
  { level, within }: Requirement,
  { now, stepUpReason }: { now: number; stepUpReason: StepUpReason | null },
): Shortfall | null {
  // Not `<`: a record of a store that returns no level must not pass.
  if (!(assuranceLevel >= level)) return { code: 'step_up_required', reason: 'assurance-too-low' }
  const code = 'recent_authentication_required'
  // As for a recent authentication, a method no longer counts when `within` has elapsed.
  const isRecent = within === null || assuranceLevelOf(methods, now - within + 1) >= level
  if (!isRecent) return { code, reason: 'authenticated-too-long-ago' }
  return stepUpReason === null ? null : { code, reason: stepUpReason }
}
