import type { Hono } from 'hono'
import type { SharedTokens } from '../../../application/shared-tokens/shared-tokens.ts'
import type { AppEnv, PageContext } from '../http-context.ts'
import { limitPage, type ReadContext } from '../middleware/limit-reads.ts'
import { operatorRoutes } from '../middleware/operator-routes.ts'
import { frameOf, page } from '../responses/page.ts'
import { SharedTokensPage } from './shared-tokens-page.tsx'

export interface SharedTokensContext extends PageContext, ReadContext {
  readonly sharedTokens: Pick<SharedTokens, 'phase' | 'count' | 'deprecation' | 'report'>
}

/** Which shared tokens are still used, and by whom, for the operator. For other users the page returns 404. */
export function addSharedTokenRoutes(app: Hono<AppEnv>, context: SharedTokensContext): void {
  const routes = operatorRoutes(app, context)
  const { sharedTokens, clock } = context
  routes.get(
    '/settings/shared-tokens',
    limitPage(context, async (c) => {
      const { phase } = sharedTokens
      const deprecation = phase === 'deprecated' ? await sharedTokens.deprecation() : null
      const props = { phase, deprecation, tokens: await sharedTokens.report(), now: clock.now() }
      return page(c, <SharedTokensPage frame={await frameOf(context, c)} {...props} />)
    }),
  )
}
