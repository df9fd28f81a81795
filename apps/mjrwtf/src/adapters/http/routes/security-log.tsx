import type { Hono } from 'hono'
import { isSecurityTopic, type SecurityTopic } from '../../../domain/security-event.ts'
import { type FileHead, headFile } from '../download.ts'
import { userGuards } from '../guards.ts'
import { limitReached } from '../limits.ts'
import { page } from '../page.ts'
import { frameOf } from '../page-frame.ts'
import { SecurityLogPage } from '../pages/security-log-page.tsx'
import { pagingForPeople } from '../paging.ts'
import { answerProblem } from '../problem.tsx'
import { toCsv, toJson } from '../security-log-files.ts'
import type { AppEnv, Site, UserContext } from '../site.ts'

const path = '/settings/security-log'

/** What happened to somebody's account, for them alone. */
export function addSecurityLogRoutes(app: Hono<AppEnv>, site: Site): void {
  app.get(path, ...userGuards(site), (c) => {
    const format = formats.get(c.req.query('format') ?? '')
    return format === undefined ? showLog(site, c) : exportLog(site, c, format)
  })
}

/** A bad value in an address that somebody edited stands for everything, as on other pages. */
function topicOf(c: UserContext): SecurityTopic | null {
  const text = c.req.query('kind') ?? ''
  return isSecurityTopic(text) ? text : null
}

async function showLog(site: Site, c: UserContext): Promise<Response> {
  const { limit, offset } = pagingForPeople(c.req.query())
  const topic = topicOf(c)
  const userId = c.var.user.id
  const log = await site.useCases.listSecurityEvents({ userId, topic, limit, offset })
  const frame = await frameOf(site, c)
  return page(c, <SecurityLogPage {...{ frame, log, topic, limit, offset }} />)
}

interface Format {
  readonly name: FileHead['format']
  readonly write: typeof toCsv
}

const formats: ReadonlyMap<string, Format> = new Map([
  ['csv', { name: 'csv', write: toCsv }],
  ['json', { name: 'json', write: toJson }],
])

async function exportLog(site: Site, c: UserContext, format: Format): Promise<Response> {
  const refusal = await requireRecent(site, c)
  if (refusal !== null) return refusal
  const topic = topicOf(c)
  const userId = c.var.user.id
  const result = await site.useCases.exportSecurityEvents({ userId, topic })
  if (result.status === 'throttled') {
    const reached = { limit: 'exports', userId, throttled: result, message: tooMany }
    return answerProblem(site, c, limitReached(site, c, reached))
  }
  site.log.info({ requestId: c.var.requestId, userId }, 'security log exported')
  headFile(site, c, { name: 'security-log', format: format.name })
  return c.body(format.write(result.events))
}

const tooMany = 'You have made many exports within an hour. Please wait a little.'

/** Whoever has to confirm first comes back to the page, for behind a download no page would follow. */
async function requireRecent(site: Site, c: UserContext): Promise<Response | null> {
  const answer = await site.web.requireRecentAuthentication(c.var.exchange)
  if (!(answer instanceof Response)) return null
  if (answer.headers.get('Location')?.startsWith('/reauthenticate') !== true) return answer
  const topic = topicOf(c)
  const next = topic === null ? path : `${path}?kind=${topic}`
  return c.redirect(`/reauthenticate?next=${encodeURIComponent(next)}`, 303)
}
