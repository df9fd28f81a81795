import {
  type AuthenticationMethod,
  isAuthenticationMethod,
  mergeMethods,
  type UsedMethod,
} from '../domain/authentication.ts'
import type { ReportedMethods } from '../domain/events.ts'
import type { SessionRecord } from '../domain/session.ts'
import { requireArgument } from '../domain/storable.ts'
import type { Instant } from '../domain/time.ts'

/** Methods as an app passes them: a name stands for a use at the time of the call. */
export type PassedMethods = readonly (AuthenticationMethod | UsedMethod)[]

/**
 * Returns each method once with its latest instant. An instant in the future, from a process whose clock is
 * ahead, counts as `now`. Throws `invalid-argument` for an unknown method: a misspelled one would lower the
 * level without a sign of why.
 */
export function toUsedMethods(
  methods: PassedMethods | undefined,
  now: Instant,
): readonly UsedMethod[] {
  if (methods === undefined) return []
  requireArgument(Array.isArray(methods), 'methods must be a list, such as ["pwd", "otp"]')
  return mergeMethods(
    [],
    methods.map((each) => toUsedMethod(each, now)),
  )
}

function toUsedMethod(passed: AuthenticationMethod | UsedMethod, now: Instant): UsedMethod {
  const { method, at } = typeof passed === 'string' ? { method: passed, at: now } : Object(passed)
  const isKnown = typeof method === 'string' && isAuthenticationMethod(method)
  requireArgument(isKnown, 'methods must contain names of RFC 8176, such as "pwd", or "fed"')
  requireArgument(Number.isSafeInteger(at), 'at of a method must be an instant, in ms')
  return { method, at: Math.min(at, now) }
}

/** What events contain of the methods that the user has authenticated with. */
export function toReportedMethods(
  methods: readonly UsedMethod[],
  { assuranceLevel }: Pick<SessionRecord, 'assuranceLevel'>,
): ReportedMethods {
  return { methods: methods.map(({ method }) => method), assuranceLevel }
}
