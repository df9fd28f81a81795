import type { SharedTokens } from '../../../application/shared-tokens/shared-tokens.ts'
import { second } from '../../../domain/time.ts'
import type { AppMiddleware } from '../http-context.ts'

export interface TrackSharedTokensContext {
  readonly sharedTokens: Pick<SharedTokens, 'recordUse' | 'deprecation'>
}

/**
 * Records the use of a shared token and, once the tokens are deprecated, says in the response since when and when they end
 * (RFC 9745, RFC 8594).
 */
export function trackSharedTokens({ sharedTokens }: TrackSharedTokensContext): AppMiddleware {
  return async (c, next) => {
    const index = c.var.token?.sharedIndex ?? null
    if (index === null) return next()
    sharedTokens.recordUse(index, c.var.exchange.client)
    const deprecation = await sharedTokens.deprecation()
    await next()
    if (deprecation === null) return
    c.header('Deprecation', `@${deprecation.since / second}`)
    c.header('Sunset', new Date(deprecation.sunset).toUTCString())
  }
}
