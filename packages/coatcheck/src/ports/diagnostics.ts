import { channel } from 'node:diagnostics_channel'

/** The channel of every event of sessions, requests and grants. A message is the event. */
export const eventChannel = channel('coatcheck:event')

/** What a span of an operation of a store says. The arguments and results are not in it: they contain hashes. */
export interface StoreSpan {
  readonly store: 'sessions' | 'grants'
  /** The method of the store. */
  readonly operation: string
}

/** What a span of a verification says. */
export interface VerificationSpan {
  /** From `asyncStart` on: `active`, `none`, `ended` or `throttled`. */
  status?: string
}

/** Runs work between the messages of a span. */
export interface Tracer<Span extends object> {
  /** Whether anything subscribes to the span, so that it costs nothing otherwise. */
  isObserved(): boolean
  /** `conclude` adds what the span says about the result. */
  trace<Result>(
    span: Span,
    work: () => Promise<Result>,
    conclude?: (span: Span, result: Result) => void,
  ): Promise<Result>
}

export const storeTracer = createTracer<StoreSpan>('coatcheck.store')
export const verificationTracer = createTracer<VerificationSpan>('coatcheck.verify')

/**
 * Publishes on the channels of `tracingChannel(name)` of Node, which other runtimes do not have, in the order of its
 * `tracePromise`. All messages of a span are one object; `error` has the property `error` too.
 */
function createTracer<Span extends object>(name: string): Tracer<Span> {
  const channelOf = (part: string) => channel(`tracing:${name}:${part}`)
  const start = channelOf('start')
  const end = channelOf('end')
  const asyncStart = channelOf('asyncStart')
  const asyncEnd = channelOf('asyncEnd')
  const error = channelOf('error')

  function complete(span: Span): void {
    asyncStart.publish(span)
    asyncEnd.publish(span)
  }

  return {
    isObserved: () => start.hasSubscribers || asyncEnd.hasSubscribers || error.hasSubscribers,
    async trace(span, work, conclude) {
      start.publish(span)
      const running = work()
      end.publish(span)
      try {
        const result = await running
        conclude?.(span, result)
        complete(span)
        return result
      } catch (cause) {
        error.publish(Object.assign(span, { error: cause }))
        complete(span)
        throw cause
      }
    },
  }
}
