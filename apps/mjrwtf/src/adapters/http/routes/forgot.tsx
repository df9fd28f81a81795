import type { Hono } from 'hono'
import { redirectWhenDone } from '../credential-redirect.ts'
import { problemsByField } from '../field-names.ts'
import { formSchema, formText, readForm } from '../forms.ts'
import { findViewer } from '../guards.ts'
import { page } from '../page.ts'
import { frameOf } from '../page-frame.ts'
import { noProblems, type Problems } from '../pages/fields.tsx'
import { ForgotPage } from '../pages/mailed-link-pages.tsx'
import { comeBackLater } from '../problem.tsx'
import { tellSecurityEvent } from '../security-event.ts'
import type { AppContext, AppEnv, Site } from '../site.ts'

const forgotForm = formSchema({ email: formText })

/** Where somebody who forgot their password asks for a letter, without learning whether there is an account. */
export function addForgotRoutes(app: Hono<AppEnv>, site: Site): void {
  const { csrfGuard, optionalSession } = site.sessions
  const guards = [optionalSession, findViewer(site)] as const
  app.get('/forgot', ...guards, (c) =>
    showForm(site, c, { ...untouched, email: c.var.viewer?.email ?? '' }),
  )
  app.post('/forgot', ...guards, csrfGuard, (c) => ask(site, c))
}

interface Shown {
  readonly status: 200 | 400 | 429 | 503
  readonly email: string
  readonly problems: Problems
  readonly problem: string | null
}

const untouched: Shown = { status: 200, email: '', problems: noProblems, problem: null }

async function showForm(site: Site, c: AppContext, { status, ...shown }: Shown): Promise<Response> {
  const frame = await frameOf(site, c, { form: true })
  const hasMail = site.options.mail !== 'off'
  return page(c, <ForgotPage {...{ frame, hasMail, ...shown }} />, status)
}

async function ask(site: Site, c: AppContext): Promise<Response> {
  const form = await readForm(site, c, forgotForm)
  if (form instanceof Response) return form
  const { email } = form
  // Nothing that is asked for now would ever arrive.
  if (site.options.mail === 'off') return showForm(site, c, { ...untouched, status: 503 })
  const result = await site.useCases.forgotPassword({ email, ...c.var.exchange.client })
  if (result.status === 'asked') return promise(site, c, result.email)
  if (result.status === 'invalid') {
    const problems = problemsByField(result.fields)
    return showForm(site, c, { ...untouched, status: 400, email, problems })
  }
  tellSecurityEvent(site, c, { event: 'email-refused', reason: result.status })
  c.header(...comeBackLater(result.retryAfterSeconds))
  return showForm(site, c, { ...untouched, status: 429, email, problem: tooMany })
}

/** The same for every address, known or not. */
async function promise(site: Site, c: AppContext, email: string): Promise<Response> {
  const message =
    `If there is an account for ${email}, an email is on its way. ` +
    'The link in it works for an hour. Nothing came? Look in the spam folder too.'
  return redirectWhenDone(site, c, { message, to: '/forgot' })
}

const tooMany =
  'Too many emails were asked for from here, or to this address. The link in the last one may still work. ' +
  'If not, please wait a while and try again.'
