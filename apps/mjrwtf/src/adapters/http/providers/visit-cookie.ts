import { createHash } from 'node:crypto'
import { z } from 'zod'
import {
  type StartedVisit,
  visitLifetime,
} from '../../../application/identities/provider-visits.ts'
import { providerIds } from '../../../domain/identity.ts'
import type { RequestContext } from '../http-context.ts'

/**
 * Each visit has a cookie of its own, so that visits that are started in several tabs do not replace each other. Its name
 * depends on the state, because a callback names its visit by that.
 */
const namePattern = /(?:^|;)\s*(?:__Host-)?(visit[a-z]{12})(?:-dev)?=/g

/** Visits of one browser in progress. A further one ends the oldest. */
const maxVisits = 5

/** The longest path that returns the user to the page; longer ones open the dashboard. */
const maxNextLength = 1_000

const visitSchema = z.object({
  provider: z.enum(providerIds),
  purpose: z.enum(['sign-in', 'link', 'confirm']),
  next: z.string().nullable(),
  remember: z.boolean(),
  invite: z.string().nullable(),
  sessionId: z.string().nullable(),
  maxAge: z.number().nullable(),
  secret: z.string(),
  startedAt: z.number(),
})

/** Binds a visit to this browser: sets the cookie, for ten minutes. */
export function setVisitCookie(
  { req, var: { exchange } }: RequestContext,
  state: string,
  started: StartedVisit,
): void {
  dropOldVisits(exchange, req.header('Cookie') ?? '')
  const next = started.next !== null && started.next.length > maxNextLength ? null : started.next
  const value = JSON.stringify({ ...started, next })
  exchange.setSignedCookie({ name: cookieName(state), value, maxAge: visitLifetime })
}

/** The visit of this browser with that state. `null` if there is none, or it has expired. */
export function readVisitCookie(
  { var: { exchange } }: RequestContext,
  state: string,
): StartedVisit | null {
  return parseVisit(exchange.signedCookie(cookieName(state)))
}

/** The signature is ours, but another release may have written it. */
function parseVisit(text: string | null): StartedVisit | null {
  return text === null ? null : (visitSchema.safeParse(JSON.parse(text)).data ?? null)
}

export function clearVisitCookie({ var: { exchange } }: RequestContext, state: string): void {
  clear(exchange, cookieName(state))
}

function clear(exchange: RequestContext['var']['exchange'], name: string): void {
  exchange.setSignedCookie({ name, value: null, maxAge: visitLifetime })
}

/** Evicts the oldest for one more. Cookies that are not ours, or expired, count as the oldest. */
function dropOldVisits(exchange: RequestContext['var']['exchange'], header: string): void {
  const names = new Set([...header.matchAll(namePattern)].map(([, name = '']) => name))
  const newestFirst = [...names]
    .map((name) => ({ name, startedAt: parseVisit(exchange.signedCookie(name))?.startedAt ?? 0 }))
    .toSorted((a, b) => b.startedAt - a.startedAt)
  for (const { name } of newestFirst.slice(maxVisits - 1)) clear(exchange, name)
}

/** Of a-z only, as the library requires. */
function cookieName(state: string): string {
  const digest = createHash('sha256').update(state).digest()
  const characters = [...digest.subarray(0, 12)].map((byte) =>
    String.fromCharCode(97 + (byte % 26)),
  )
  return `visit${characters.join('')}`
}
