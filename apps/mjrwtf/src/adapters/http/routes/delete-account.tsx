import type { Hono } from 'hono'
import { redirectWhenDone } from '../credential-redirect.ts'
import { formSchema, formText, readForm } from '../forms.ts'
import { recentUserGuards } from '../guards.ts'
import { leaveGoneAccount } from '../leave.ts'
import { page } from '../page.ts'
import { frameOf } from '../page-frame.ts'
import { DeleteAccountPage } from '../pages/delete-account-page.tsx'
import { tellSecurityEvent } from '../security-event.ts'
import type { AppEnv, Site, UserContext } from '../site.ts'

const path = '/settings/delete'
const deleteForm = formSchema({ email: formText })

/** Where somebody deletes their account, and all that is kept of it. */
export function addDeleteAccountRoutes(app: Hono<AppEnv>, site: Site): void {
  const guards = recentUserGuards(site)
  app.get(path, ...guards, (c) => showForm(site, c, untouched))
  app.post(path, ...guards, site.sessions.csrfGuard, (c) => deleteAccount(site, c))
}

interface Shown {
  readonly status: 200 | 400 | 409
  readonly typed: string
  /** What is wrong with the address that was typed. */
  readonly problem: string | null
}

const untouched: Shown = { status: 200, typed: '', problem: null }

async function showForm(site: Site, c: UserContext, { status, typed, problem }: Shown) {
  const { user } = c.var
  const [frame, { links, clicks }, mustStay] = await Promise.all([
    frameOf(site, c),
    site.useCases.countLinks(user.id),
    site.useCases.mustStay(user),
  ])
  const { email } = user
  return page(
    c,
    <DeleteAccountPage {...{ frame, email, links, clicks, mustStay, typed, problem }} />,
    status,
  )
}

async function deleteAccount(site: Site, c: UserContext): Promise<Response> {
  const form = await readForm(site, c, deleteForm)
  if (form instanceof Response) return form
  const { user } = c.var
  const { status } = await site.useCases.deleteAccount({ user, confirmation: form.email })
  if (status === 'not-confirmed') {
    return showForm(site, c, { status: 400, typed: form.email, problem: notTheAddress })
  }
  if (status === 'others-remain') return showForm(site, c, { ...untouched, status: 409 })
  if (status === 'gone') return leaveGoneAccount(c)
  tellSecurityEvent(site, c, { event: 'account-deleted', userId: user.id })
  return sayGoodbye(site, c)
}

const notTheAddress = 'This is not the address of your account. Nothing was deleted.'

/** As at every sign-out: the cookie goes, and what the browser kept. */
async function sayGoodbye(site: Site, c: UserContext): Promise<Response> {
  await c.var.exchange.signOut()
  return redirectWhenDone(site, c, { message: 'Your account is deleted.', to: '/' })
}
