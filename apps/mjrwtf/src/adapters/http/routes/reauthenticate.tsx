import type { Hono } from 'hono'
import type { z } from 'zod'
import type { CheckCredentialsResult } from '../../../application/check-credentials.ts'
import { redirectAfterCredentials } from '../credential-redirect.ts'
import { readDevices } from '../device-cookie.ts'
import { formSchema, formText, optionalFormText, readForm } from '../forms.ts'
import { userGuards } from '../guards.ts'
import { page } from '../page.ts'
import { frameOf } from '../page-frame.ts'
import { ReauthenticatePage } from '../pages/reauthenticate-page.tsx'
import { comeBackLater } from '../problem.tsx'
import { tellSecurityEvent } from '../security-event.ts'
import type { AppEnv, Site, UserContext } from '../site.ts'

const reauthenticateForm = formSchema({ password: formText, next: optionalFormText })

/** Where somebody signed in shows once more who they are, before what asks for that. */
export function addReauthenticateRoutes(app: Hono<AppEnv>, site: Site): void {
  const guards = userGuards(site)
  app.get('/reauthenticate', ...guards, (c) => showForm(site, c, { next: c.req.query('next') }))
  app.post('/reauthenticate', ...guards, site.sessions.csrfGuard, (c) => reauthenticate(site, c))
}

interface Shown {
  readonly next: string | undefined
  readonly problem?: string
  readonly status?: 401 | 429 | 503
}

async function showForm(
  site: Site,
  c: UserContext,
  { next, problem, status }: Shown,
): Promise<Response> {
  return page(
    c,
    <ReauthenticatePage
      frame={await frameOf(site, c)}
      email={c.var.user.email}
      next={site.web.nextPath(next)}
      problem={problem ?? null}
    />,
    status,
  )
}

async function reauthenticate(site: Site, c: UserContext): Promise<Response> {
  const form = await readForm(site, c, reauthenticateForm)
  if (form instanceof Response) return form
  const { user, exchange } = c.var
  const { ipAddress } = exchange.client
  const result = await site.useCases.reauthenticate({
    user,
    password: form.password,
    ipAddress,
    devices: readDevices(c),
  })
  if (result.status !== 'authenticated') return refuse(site, c, { form, result })
  // Refused where another tab was faster: its cookie holds for this one too. Where the session has
  // ended meanwhile, the page that comes next says so.
  await exchange.stepUp()
  return redirectAfterCredentials(site, c, site.web.nextPath(form.next) ?? '/dashboard')
}

interface RefusedAttempt {
  readonly form: z.output<typeof reauthenticateForm>
  readonly result: Exclude<CheckCredentialsResult, { status: 'authenticated' }>
}

function refuse(site: Site, c: UserContext, { form, result }: RefusedAttempt) {
  if (result.status !== 'wrong') c.header(...comeBackLater(result.retryAfterSeconds))
  const { status: reason } = result
  const userId = c.var.user.id
  tellSecurityEvent(site, c, { event: 'reauthentication-refused', reason, userId })
  return showForm(site, c, { next: form.next, ...refusals[reason] })
}

const refusals = {
  wrong: { status: 401, problem: 'That is not the password of this account.' },
  throttled: { status: 429, problem: 'Too many attempts. Please wait a little and try again.' },
  busy: { status: 503, problem: 'Many people are signing in right now. Please try again soon.' },
} as const
