import { SessionError } from '../domain/errors.ts'
import type { EventSink, SessionEvent } from '../domain/events.ts'
import type { SessionId, SessionRecord } from '../domain/session.ts'
import { requireSessionId } from '../domain/token.ts'
import {
  type ActivityRecorder,
  type ActivityRecorderOptions,
  createActivityRecorder,
} from './activity-recorder.ts'
import { sessionKind } from './cache/session-kind.ts'
import {
  createVerificationCache,
  type VerificationCacheDependencies,
} from './cache/verification-cache.ts'
import { withCacheInvalidation } from './cache/with-cache-invalidation.ts'
import { createEventDispatcher, type SessionsContext } from './context.ts'
import { createMayExpireCookie } from './cookie-expiry.ts'
import { createCount } from './count.ts'
import { createPendingSignIns } from './create-pending-sign-ins.ts'
import { createDataCodec } from './data-codec.ts'
import { createEndWatcher, type EndWatcher } from './end-notifications/end-watcher.ts'
import { createImmediateActivity } from './immediate-activity.ts'
import type { SessionsOptions } from './options.ts'
import { createUpdatePayload } from './payload-updates.ts'
import { reportStoreFailures } from './report-store-failures.ts'
import { type ResolvedOptions, resolveOptions } from './resolve-options.ts'
import { createRotate } from './rotate.ts'
import { createSessionData } from './session-data.ts'
import type { SessionOperations, Sessions } from './sessions.ts'
import { createSignIn } from './sign-in.ts'
import { createRequireStepUp } from './step-up.ts'
import { createSweep, createSweepTimer } from './sweep.ts'
import { createTransaction } from './transaction.ts'
import {
  createUnknownTokenLimiter,
  type UnknownTokenLimiter,
  unlimited,
} from './unknown-tokens/limiter.ts'
import { createUserSessions } from './user-sessions.ts'
import { createVerify } from './verify.ts'

/**
 * Creates the sessions of an application. Starts no timer and does not use the store until a method
 * is called. Throws `SessionError` with code `invalid-option`, naming the option.
 */
export function createSessions<Data>(options: SessionsOptions<Data>): Sessions<Data> {
  const context = createContext(options)
  let closed = false
  const sweep = createSweep(context, () => !closed)
  const sweepTimer = createSweepTimer(context, sweep)

  /** Wraps every method that uses the store, except `close`. */
  function whileOpen<Args extends unknown[], Result>(
    method: (...args: Args) => Promise<Result>,
  ): (...args: Args) => Promise<Result> {
    return (...args) => (closed ? rejectClosed() : method(...args))
  }

  /** Wraps a method whose first argument is a session id. */
  function forSession<Args extends unknown[], Result>(
    method: (id: SessionId, ...args: Args) => Promise<Result>,
  ): (id: string, ...args: Args) => Promise<Result> {
    return whileOpen(async (id: string, ...args: Args) => method(requireSessionId(id), ...args))
  }

  /** The operations that also work in a transaction of the app. */
  function createOperations(operationContext: SessionsContext<Data>): SessionOperations<Data> {
    const { rotate, stepUp } = createRotate(operationContext)
    const { saveData, addFlash, takeFlashes } = createSessionData(operationContext)
    const users = createUserSessions(operationContext)
    const pending = createPendingSignIns(operationContext)
    return {
      signIn: whileOpen(createSignIn(operationContext)),
      pendingSignIns: {
        begin: whileOpen(pending.begin),
        find: whileOpen(pending.find),
        attempt: whileOpen(operationContext === context ? pending.attempt : rejectAttempt),
        complete: whileOpen(pending.complete),
        cancel: whileOpen(pending.cancel),
        endForUser: whileOpen(pending.endForUser),
      },
      rotate: whileOpen(rotate),
      stepUp: whileOpen(stepUp),
      revoke: whileOpen(users.revoke),
      revokeSessionOfAnyUser: forSession(users.revokeSessionOfAnyUser),
      revokeAllForUser: whileOpen(users.revokeAllForUser),
      listForUser: whileOpen(users.listForUser),
      saveData: forSession(saveData),
      addFlash: forSession(addFlash),
      takeFlashes: forSession(takeFlashes),
      requireStepUp: forSession(createRequireStepUp(operationContext)),
    }
  }

  return {
    ...createOperations(context),
    verify: whileOpen(createVerify(context)),
    mayExpireCookie: whileOpen(createMayExpireCookie(context)),
    transaction: createTransaction(context, createOperations),
    sweep: whileOpen(sweep),
    count: whileOpen(createCount(context.store, () => !closed)),
    flushActivity: whileOpen(context.activity.flush),
    onEnd(id, callback) {
      if (closed) throw closedError()
      return context.endWatcher.watch(requireSessionId(id), callback)
    },
    cacheStatistics: () => context.cache?.statistics() ?? null,
    startSweeping: sweepTimer.start,
    async close() {
      if (closed) return
      closed = true
      context.endWatcher.close()
      // Awaited, because the caller may close the database next.
      await sweepTimer.stop()
      const closing = [context.activity.close(), context.cache?.close()]
      // Waits for both even if one fails: an open connection would keep the process running.
      await Promise.allSettled(closing)
      await Promise.all(closing)
    },
  }
}

/** A wrong code usually rolls the transaction back, and with it the count: nothing would limit the guesses. */
async function rejectAttempt(): Promise<never> {
  const message =
    'attempt cannot be part of a transaction, which may be rolled back: call it before'
  throw new SessionError('invalid-argument', message)
}

function rejectClosed(): Promise<never> {
  return Promise.reject(closedError())
}

function closedError(): SessionError {
  return new SessionError('closed', 'these sessions were closed')
}

function createContext<Data>(options: SessionsOptions<Data>): SessionsContext<Data> {
  const resolved = resolveOptions(options)
  const { clock, activityPrecision: precision } = resolved
  const report = createEventDispatcher([
    ...resolved.events,
    (event) => reportEnd(endWatcher, event),
  ])
  const onDropped = (count: number) => report({ type: 'activity-lost', at: clock.now(), count })
  const codec = createDataCodec(resolved.data)
  const reporting = reportStoreFailures(resolved.store, { clock, report })
  const dependencies: VerificationCacheDependencies<SessionRecord> = {
    find: (id) => reporting.find(id),
    kind: sessionKind,
    clock,
    report,
    onChange: (id) => endWatcher.changed(id),
    onReset: () => endWatcher.changedAll(),
  }
  const cache =
    resolved.cache === null ? null : createVerificationCache(resolved.cache, dependencies)
  const store = cache === null ? reporting : withCacheInvalidation(reporting, cache)
  const activity = createActivity(resolved, { store, precision, onDropped })
  const latestActivity = activity.latest
  const isNotified = () => cache?.isLive() ?? false
  const endWatcher = createEndWatcher({ store, clock, latestActivity, isNotified })
  return {
    ...resolved,
    store,
    cache,
    report,
    codec,
    activity,
    updatePayload: createUpdatePayload({ store, codec, clock, latestActivity }),
    limiter: createLimiter(resolved, report),
    endWatcher,
  }
}

function createActivity<Data>(
  { activityWrites }: ResolvedOptions<Data>,
  options: ActivityRecorderOptions,
): ActivityRecorder {
  if (activityWrites === 'batched') return createActivityRecorder(options)
  const waitUntil = activityWrites === 'immediate' ? null : activityWrites
  return createImmediateActivity({ ...options, waitUntil })
}

/** Ends by this process are known without a read. */
function reportEnd(endWatcher: EndWatcher, event: SessionEvent): void {
  if (event.type === 'session-revoked' || event.type === 'session-expired') {
    endWatcher.ended(event.sessionId, event.reason)
  }
}

/** Exempts at least as many sessions as the cache holds. They take up to 12 megabytes. */
const minExemptTokens = 50_000

function createLimiter<Data>(
  { unknownTokens, cache, clock }: ResolvedOptions<Data>,
  report: EventSink,
): UnknownTokenLimiter {
  if (unknownTokens === null) return unlimited
  const capacity = Math.max(minExemptTokens, cache?.maxEntries ?? 0)
  return createUnknownTokenLimiter(unknownTokens, { clock, report, capacity })
}
