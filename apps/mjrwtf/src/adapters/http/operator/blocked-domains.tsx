import { isResponse } from 'coatcheck/http'
import type { Hono } from 'hono'
import { type Blocklist, fullBlocklistText } from '../../../application/operator/blocklist.ts'
import type { BlockedDomain } from '../../../domain/blocked-domain.ts'
import { addFormPage, type FormContext, type FormState, rejectFields } from '../forms/form-page.ts'
import { defineForm, formText, readForm } from '../forms/forms.ts'
import { returnAfterInterruption } from '../forms/interrupted.ts'
import type { AppEnv, UserRequestContext } from '../http-context.ts'
import { operatorRoutes } from '../middleware/operator-routes.ts'
import { logSecurityEvent } from '../reporting/log-security-event.ts'
import { parseEntryCursor } from '../responses/cursor.ts'
import { readEntries } from '../responses/entries.ts'
import { frameOf } from '../responses/page.ts'
import { pagingOrDefault } from '../responses/paging.ts'
import { redirectWithFlash } from '../responses/redirects.ts'
import { BlockedDomainsPage, blockedDomainsPath as path } from './blocked-domains-page.tsx'

export interface BlockedDomainsContext extends FormContext {
  readonly blocklist: Pick<Blocklist, 'list' | 'block' | 'unblock'>
}

type BlockForm = FormState<{ readonly domain: string; readonly reason: string }>

/** Administrators block and unblock domains. */
export function addBlockedDomainRoutes(app: Hono<AppEnv>, context: BlockedDomainsContext): void {
  const routes = operatorRoutes(app, context)
  addFormPage(routes, context, {
    path,
    form: defineForm({ domain: formText, reason: formText }),
    initialValues: (c) => ({ domain: c.req.query('domain') ?? '', reason: 'phishing' }),
    render: (c, state) => renderPage(context, c, state),
    async submit(c, input) {
      const result = await context.blocklist.block(c.var.user, input)
      if (result.status === 'invalid') return rejectFields(result.fields)
      if (result.status === 'not-found') return c.redirect('/dashboard', 303)
      if (result.status === 'full') {
        return { status: 'rejected', httpStatus: 409, problem: fullBlocklistText }
      }
      const { domain } = result
      if (result.status === 'already-blocked') {
        return redirectWithFlash(context, c, { message: `${domain} is blocked already.`, to: path })
      }
      logChange(context, c, `blocked ${domain}`)
      const message = `${domain} is blocked: no link leads there or to a domain below it.`
      return redirectWithFlash(context, c, { message, to: path })
    },
  })
  routes.post(
    `${path}/unblock`,
    (c) => unblock(context, c),
    returnAfterInterruption(context, () => path),
  )
}

async function renderPage(context: BlockedDomainsContext, c: UserRequestContext, state: BlockForm) {
  const { limit } = pagingOrDefault(c.req.query())
  const placeOf = ({ blockedAt: at, domain: id }: BlockedDomain) => ({ at, id })
  const cursor = parseEntryCursor(c.req.query('cursor') ?? '')
  const list = await readEntries(cursor, placeOf, async (start) => {
    const { domains, hasMore } = await context.blocklist.list(c.var.user, { start, limit })
    return { entries: domains, hasMore }
  })
  const frame = await frameOf(context, c)
  return <BlockedDomainsPage {...{ frame, list, limit }} {...state} />
}

const unblockForm = defineForm({ domain: formText })

async function unblock(context: BlockedDomainsContext, c: UserRequestContext): Promise<Response> {
  c.var.acceptForm?.()
  const form = await readForm(context, c, unblockForm.schema)
  if (isResponse(form)) return form
  const { domain } = form
  const removed = await context.blocklist.unblock(c.var.user, domain)
  if (removed) logChange(context, c, `unblocked ${domain}`)
  const message = removed ? `${domain} is not blocked anymore.` : 'The domain is not blocked.'
  return redirectWithFlash(context, c, { message, to: path })
}

function logChange(context: BlockedDomainsContext, c: UserRequestContext, detail: string): void {
  const event = 'operator-changed-blocklist'
  logSecurityEvent(context, c, { event, userId: c.var.user.id, detail })
}
