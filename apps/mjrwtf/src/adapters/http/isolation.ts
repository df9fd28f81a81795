import { answerProblem } from './problem.tsx'
import type { AppMiddleware, Site } from './site.ts'

/**
 * Refuses what another site tries to load into itself: images, scripts, fetches and frames made of our
 * pages. Following a link to us stays possible (Fetch Metadata resource isolation, ASVS 5.0 V3.5.8).
 */
export function refuseEmbedding(site: Site): AppMiddleware {
  return async (c, next) => {
    const from = c.req.header('Sec-Fetch-Site')
    const foreign = from === 'cross-site' || from === 'same-site'
    // Unsafe methods are the CSRF guard's: it knows better what it refuses, and says so in an event.
    const isRead = c.req.method === 'GET' || c.req.method === 'HEAD'
    if (!foreign || !isRead || isTopNavigation(c.req.header.bind(c.req))) return next()
    return answerProblem(site, c, embedded)
  }
}

function isTopNavigation(header: (name: string) => string | undefined): boolean {
  return header('Sec-Fetch-Mode') === 'navigate' && header('Sec-Fetch-Dest') === 'document'
}

const embedded = {
  status: 403,
  code: 'cross_site',
  message: 'Another site may link here, but not load this into itself.',
} as const
