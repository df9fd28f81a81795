import type { Hono } from 'hono'
import type { ResetPasswordResult } from '../../../application/reset-password.ts'
import { redirectWhenDone } from '../credential-redirect.ts'
import { problemsByField } from '../field-names.ts'
import { formSchema, formText, optionalFormText, readForm } from '../forms.ts'
import {
  answerUnfollowed,
  forgetToken,
  isOfAnotherLink,
  linkField,
  linkMark,
  mailedLinkGuards,
  moveTokenOutOfUrl,
  otherLinkOpened,
  presentedLink,
  type UnfollowedLink,
} from '../mailed-link.tsx'
import { page } from '../page.ts'
import { frameOf } from '../page-frame.ts'
import { noProblems, type Problems } from '../pages/fields.tsx'
import { ResetPage } from '../pages/mailed-link-pages.tsx'
import { comeBackLater } from '../problem.tsx'
import { tellSecurityEvent } from '../security-event.ts'
import { answerSessionsLeft } from '../sessions-left.ts'
import type { AppContext, AppEnv, Site } from '../site.ts'

const resetForm = formSchema({ password: formText, [linkField]: optionalFormText })

/** Where the link in a letter lets somebody choose a new password. Nobody is signed in by it. */
export function addResetRoutes(app: Hono<AppEnv>, site: Site): void {
  const guards = mailedLinkGuards(site)
  app.get('/reset', ...guards, (c) => moveTokenOutOfUrl(c, 'reset') ?? open(site, c, untouched))
  app.post('/reset', ...guards, site.sessions.csrfGuard, (c) => reset(site, c))
}

interface Shown {
  readonly status: 200 | 400 | 409 | 503
  readonly problems: Problems
  readonly problem: string | null
}

const untouched: Shown = { status: 200, problems: noProblems, problem: null }

async function open(site: Site, c: AppContext, { status, ...shown }: Shown): Promise<Response> {
  const link = await site.useCases.openResetLink(presentedLink(c, 'reset'))
  if (link.status !== 'open') return leave(site, c, link)
  const frame = await frameOf(site, c, { form: true })
  const { passwordMinLength } = site.options
  const { email } = link
  const mark = linkMark(c, 'reset')
  return page(c, <ResetPage {...{ frame, email, mark, passwordMinLength, ...shown }} />, status)
}

function leave(site: Site, c: AppContext, link: UnfollowedLink): Promise<Response> {
  if (link.status === 'dead') forgetToken(c, 'reset')
  return answerUnfollowed(site, c, link)
}

async function reset(site: Site, c: AppContext): Promise<Response> {
  const form = await readForm(site, c, resetForm)
  if (form instanceof Response) return form
  const { password, link } = form
  if (isOfAnotherLink(c, 'reset', link)) return open(site, c, overtaken)
  return answer(
    site,
    c,
    await site.useCases.resetPassword({ ...presentedLink(c, 'reset'), password }),
  )
}

async function answer(site: Site, c: AppContext, result: ResetPasswordResult): Promise<Response> {
  if (result.status === 'reset' || result.status === 'reset-only') {
    return confirm(site, c, result)
  }
  if (result.status === 'invalid') {
    return open(site, c, { ...untouched, status: 400, problems: problemsByField(result.fields) })
  }
  if (result.status !== 'busy') return leave(site, c, result)
  c.header(...comeBackLater(result.retryAfterSeconds))
  return open(site, c, { ...untouched, status: 503, problem: busy })
}

const overtaken: Shown = { ...untouched, status: 409, problem: otherLinkOpened }

const busy = 'Too much at once. Please try again in a moment.'

type Done = Extract<ResetPasswordResult, { status: 'reset' | 'reset-only' }>

async function confirm(site: Site, c: AppContext, result: Done): Promise<Response> {
  const { userId } = result
  tellSecurityEvent(site, c, { event: 'password-reset', userId })
  forgetToken(c, 'reset')
  if (result.status === 'reset-only') {
    return answerSessionsLeft(site, c, { error: result.error, message: resetOnly })
  }
  const { exchange } = c.var
  // Theirs is over like the others: the cookie goes, and what is said is not said to a session that is no more.
  if (c.var.session?.userId === userId) await exchange.signOut()
  const message = 'Your password is changed. Sign in with the new one.'
  return redirectWhenDone(site, c, { message, to: '/login' })
}

const resetOnly =
  'Your password is changed: sign in with the new one from now on. Your devices can do nothing any more until ' +
  'they sign in again, but the database failed at the rest. If signing in is slowed down, please wait a little.'
