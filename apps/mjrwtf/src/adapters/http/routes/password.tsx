import type { Hono } from 'hono'
import type { ChangePasswordResult } from '../../../application/change-password.ts'
import { trustingStill } from '../../../domain/trusted-device.ts'
import { redirectWhenDone } from '../credential-redirect.ts'
import { keepDevices, readDevices } from '../device-cookie.ts'
import { problemsByField } from '../field-names.ts'
import { formSchema, formText, readForm } from '../forms.ts'
import { recentUserGuards } from '../guards.ts'
import { page } from '../page.ts'
import { frameOf } from '../page-frame.ts'
import { noProblems, type Problems } from '../pages/fields.tsx'
import { PasswordPage } from '../pages/password-page.tsx'
import { answerProblem, comeBackLater, type Problem } from '../problem.tsx'
import { tellSecurityEvent } from '../security-event.ts'
import { answerSessionsLeft } from '../sessions-left.ts'
import type { AppEnv, Site, UserContext } from '../site.ts'

const passwordForm = formSchema({ current_password: formText, new_password: formText })

/** Where somebody who knows their password puts another one into its place. */
export function addPasswordRoutes(app: Hono<AppEnv>, site: Site): void {
  const guards = recentUserGuards(site)
  app.get('/settings/password', ...guards, (c) => showForm(site, c, untouched))
  app.post('/settings/password', ...guards, site.sessions.csrfGuard, (c) => change(site, c))
}

interface Shown {
  readonly status: 200 | 400 | 403 | 429 | 503
  readonly problems: Problems
  readonly problem: string | null
}

const untouched: Shown = { status: 200, problems: noProblems, problem: null }

async function showForm(site: Site, c: UserContext, { status, ...shown }: Shown) {
  const frame = await frameOf(site, c)
  const { email } = c.var.user
  const { passwordMinLength } = site.options
  return page(c, <PasswordPage {...{ frame, email, passwordMinLength, ...shown }} />, status)
}

async function change(site: Site, c: UserContext): Promise<Response> {
  const form = await readForm(site, c, passwordForm)
  if (form instanceof Response) return form
  const { user, exchange, session } = c.var
  const result = await site.useCases.changePassword({
    user,
    currentPassword: form.current_password,
    newPassword: form.new_password,
    ipAddress: exchange.client.ipAddress,
    devices: readDevices(c),
    sessionId: session?.id ?? '',
    renewSession: async () => (await exchange.rotate()).status === 'rotated',
  })
  return answer(site, c, result)
}

async function answer(site: Site, c: UserContext, result: ChangePasswordResult): Promise<Response> {
  const userId = c.var.user.id
  if (result.status === 'changed' || result.status === 'changed-only') {
    tellSecurityEvent(site, c, { event: 'password-changed', userId })
    keepTrust(site, c)
    return result.status === 'changed'
      ? confirm(site, c)
      : answerSessionsLeft(site, c, { error: result.error, message: changedOnly })
  }
  if (result.status === 'invalid') {
    return showForm(site, c, {
      ...untouched,
      status: 400,
      problems: problemsByField(result.fields),
    })
  }
  tellSecurityEvent(site, c, { event: 'password-change-refused', reason: result.status, userId })
  if (result.status === 'overtaken') return answerProblem(site, c, overtaken)
  if (result.status === 'wrong') return showForm(site, c, wrong)
  c.header(...comeBackLater(result.retryAfterSeconds))
  return showForm(site, c, later[result.status])
}

/** The other devices' cookies are for the old password. */
function keepTrust(site: Site, c: UserContext): void {
  const devices = trustingStill(readDevices(c), c.var.user, site.clock.now())
  if (devices !== null) keepDevices(c, devices)
}

function confirm(site: Site, c: UserContext): Promise<Response> {
  const message = 'Your password is changed. Your other devices have been signed out.'
  return redirectWhenDone(site, c, { message, to: '/settings/password' })
}

const changedOnly =
  'Your password is changed: sign in with the new one from now on. Your other devices can do ' +
  'nothing any more, but they could not be taken off the list of your sessions. Please look there in a moment.'

const wrong: Shown = {
  ...untouched,
  status: 403,
  problems: { current_password: 'This is not your current password.' },
}

const later = {
  throttled: {
    ...untouched,
    status: 429,
    problem: 'Too many attempts. Please wait a little and try again.',
  },
  busy: { ...untouched, status: 503, problem: 'Too much at once. Please try again in a moment.' },
} as const

const overtaken: Problem = {
  status: 409,
  code: 'overtaken',
  message:
    'Your password, or this session, was changed at the same moment in another tab or on another device. ' +
    'This request has changed nothing. If that was not you, change your password again.',
}
