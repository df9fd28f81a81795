import type { Limits } from '../../../application/shared/rate-limits.ts'
import type { UserReads } from '../../../application/shared/user-reads.ts'
import { rateLimits } from '../../../domain/rate-limits.ts'
import type { Handler, UserRequestContext } from '../http-context.ts'
import type { SecurityEventContext } from '../reporting/log-security-event.ts'
import { type ProblemContext, rateLimited, respondWithProblem } from '../responses/problem.tsx'
import { isFromOtherSite } from './request-site.ts'

export type ReadContext = ProblemContext &
  SecurityEventContext & {
    readonly limits: Pick<Limits, 'page'>
    /** The reads in progress, by user. */
    readonly reads: UserReads
  }

/** One read of a user at a time in each process, with a pause after it: parallel ones would only delay other users. */
export const readLimits = { concurrency: 1, maxQueued: 32 } as const

type UserHandler = Handler<UserRequestContext>

/** Limits a page that reads more than a few rows: how many a user opens in a minute, and how many at once. */
export function limitPage(context: ReadContext, handler: UserHandler): UserHandler {
  const handleInTurn = limitReads(context, handler)
  return async (c) => {
    const userId = c.var.user.id
    const throttled = isFromOtherSite(c) ? null : await context.limits.page(userId)
    if (throttled === null) return handleInTurn(c)
    const message = `You have reached the limit of ${rateLimits.pages.max} pages per minute.`
    const hit = { limit: 'pages', userId, throttled, message }
    return respondWithProblem(context, c, rateLimited(context, c, hit))
  }
}

/** Limits how many requests of a user are in progress at once. */
export function limitReads(context: ReadContext, handler: UserHandler): UserHandler {
  return async (c) => {
    const userId = c.var.user.id
    // Requests of other sites wait for each other only.
    const key = isFromOtherSite(c) ? `other-site ${userId}` : userId
    const response = context.reads.run(key, async () => handler(c))
    if (response !== null) return response
    const throttled = { status: 'throttled', retryAfterSeconds: 1 } as const
    const message = 'You have sent too many requests at once.'
    const hit = { limit: 'reads', userId, throttled, message }
    return respondWithProblem(context, c, rateLimited(context, c, hit))
  }
}
