import type { Hono } from 'hono'
import { redirectWhenDone } from '../credential-redirect.ts'
import { problemsByField } from '../field-names.ts'
import { formSchema, formText, readForm } from '../forms.ts'
import { recentUserGuards, userGuards } from '../guards.ts'
import { page } from '../page.ts'
import { frameOf } from '../page-frame.ts'
import { AccountPage, EmailPage } from '../pages/account-page.tsx'
import { noProblems, type Problems } from '../pages/fields.tsx'
import { answerProblem, comeBackLater } from '../problem.tsx'
import { tellSecurityEvent } from '../security-event.ts'
import type { AppEnv, Site, UserContext } from '../site.ts'
import { findTyped, forgetTyped, recentTypedFormGuards, typedForm } from '../typed-forms.ts'

const path = '/settings/account'
const emptyForm = formSchema({})
const emailForm = typedForm({ email: formText }, ['email'])

/** Where somebody sees and changes what their account is known by. */
export function addAccountRoutes(app: Hono<AppEnv>, site: Site): void {
  const guards = userGuards(site)
  const recent = recentUserGuards(site)
  const { csrfGuard } = site.sessions
  app.get(path, ...guards, (c) => showAccount(site, c))
  app.get('/settings/email', ...recent, (c) => openForm(site, c))
  app.post('/settings/email', ...recentTypedFormGuards(site, emailForm), (c) => askChange(site, c))
  app.post('/settings/email/verification', ...guards, csrfGuard, (c) => sendAgain(site, c))
  // Keeps things as they are, so it is not made harder by asking for the password.
  app.post('/settings/email/cancel', ...guards, csrfGuard, (c) => cancelChange(site, c))
}

async function showAccount(site: Site, c: UserContext): Promise<Response> {
  const { id, email } = c.var.user
  const standing = await site.useCases.findAddressStanding(id)
  const frame = await frameOf(site, c)
  const hasMail = site.options.mail !== 'off'
  return page(c, <AccountPage {...{ frame, email, hasMail, ...standing }} />)
}

interface Shown {
  readonly status: 200 | 400 | 429
  readonly email: string
  readonly problems: Problems
  readonly problem: string | null
  readonly draft: string
  readonly isRestored: boolean
}

const untouched: Shown = {
  status: 200,
  email: '',
  problems: noProblems,
  problem: null,
  draft: '',
  isRestored: false,
}

async function openForm(site: Site, c: UserContext): Promise<Response> {
  const restored = await findTyped(site, c)
  if (restored === null) return showForm(site, c, untouched)
  const { draft, fields } = restored
  return showForm(site, c, { ...untouched, email: fields.email ?? '', draft, isRestored: true })
}

async function showForm(site: Site, c: UserContext, { status, ...shown }: Shown) {
  if (site.options.mail === 'off') return answerProblem(site, c, noMail)
  const frame = await frameOf(site, c)
  return page(c, <EmailPage {...{ frame, current: c.var.user.email, ...shown }} />, status)
}

const toAccount = { path, label: 'Back to your account' } as const

const noMail = {
  status: 503,
  code: 'no_mail',
  message: 'This server sends no email, so a new address could not be confirmed.',
  way: toAccount,
} as const

async function askChange(site: Site, c: UserContext): Promise<Response> {
  const form = await readForm(site, c, emailForm.schema)
  if (form instanceof Response) return form
  if (site.options.mail === 'off') return answerProblem(site, c, noMail)
  const { user } = c.var
  const { email, draft } = form
  const { ipAddress } = c.var.exchange.client
  const result = await site.useCases.askAddressChange({ user, email, ipAddress })
  if (result.status === 'invalid') {
    const problems = problemsByField(result.fields)
    return showForm(site, c, { ...untouched, status: 400, email, problems, draft })
  }
  if (result.status === 'throttled') return slowDown(site, c, { email, draft, ...result })
  await forgetTyped(site, c, draft)
  tellSecurityEvent(site, c, { event: 'email-change-asked', userId: user.id })
  return back(
    site,
    c,
    `We have sent an email to ${result.newEmail}. Until the link in it is used, nothing changes.`,
  )
}

interface SlowedDown {
  readonly email: string
  readonly draft: string
  readonly retryAfterSeconds: number
}

function slowDown(site: Site, c: UserContext, { retryAfterSeconds, ...typed }: SlowedDown) {
  tellSecurityEvent(site, c, { event: 'email-refused', reason: 'throttled' })
  c.header(...comeBackLater(retryAfterSeconds))
  return showForm(site, c, { ...untouched, ...typed, status: 429, problem: tooMany.message })
}

const tooMany = {
  status: 429,
  code: 'throttled',
  title: 'Too many emails',
  message: 'Too many emails were asked for. Please wait a while and try again.',
  way: toAccount,
} as const

async function sendAgain(site: Site, c: UserContext): Promise<Response> {
  const form = await readForm(site, c, emptyForm)
  if (form instanceof Response) return form
  if (site.options.mail === 'off') return answerProblem(site, c, noMail)
  const { user, exchange } = c.var
  const result = await site.useCases.requestVerification(user, exchange.client)
  if (result.status === 'throttled') {
    tellSecurityEvent(site, c, { event: 'email-refused', reason: 'throttled' })
    const headers = [comeBackLater(result.retryAfterSeconds)]
    return answerProblem(site, c, { ...tooMany, headers })
  }
  const isDone = result.status === 'verified-already'
  const sent = `We have sent an email to ${user.email}. The link in it works for a day.`
  return back(site, c, isDone ? 'Your address is confirmed already.' : sent)
}

async function cancelChange(site: Site, c: UserContext): Promise<Response> {
  const form = await readForm(site, c, emptyForm)
  if (form instanceof Response) return form
  const { user } = c.var
  const cancelled = await site.useCases.cancelAddressChange(user.id)
  if (!cancelled) return back(site, c, 'There was no change of address to call off.')
  tellSecurityEvent(site, c, { event: 'email-change-called-off', userId: user.id })
  return back(site, c, 'The change is called off. You keep the address you have.')
}

function back(site: Site, c: UserContext, message: string): Promise<Response> {
  return redirectWhenDone(site, c, { message, to: path })
}
