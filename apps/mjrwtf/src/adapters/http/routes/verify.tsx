import type { Hono } from 'hono'
import type { FollowMailedLinkResult } from '../../../application/follow-mailed-link.ts'
import { redirectWhenDone } from '../credential-redirect.ts'
import { formSchema, optionalFormText, readForm } from '../forms.ts'
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
import { VerifyPage } from '../pages/mailed-link-pages.tsx'
import { tellSecurityEvent } from '../security-event.ts'
import type { AppContext, AppEnv, Site } from '../site.ts'

const linkForm = formSchema({ [linkField]: optionalFormText })

/** Where the links in letters about addresses lead. Opening one does nothing; its button does. Nobody is signed in. */
export function addVerifyRoutes(app: Hono<AppEnv>, site: Site): void {
  const guards = mailedLinkGuards(site)
  app.get('/verify', ...guards, (c) => moveTokenOutOfUrl(c, 'verify') ?? open(site, c))
  app.post('/verify', ...guards, site.sessions.csrfGuard, (c) => follow(site, c))
}

async function open(site: Site, c: AppContext, problem: string | null = null): Promise<Response> {
  const link = await site.useCases.findMailedLink(presentedLink(c, 'verify'))
  if (link.status !== 'open') return leave(site, c, link)
  const frame = await frameOf(site, c, { form: true })
  const { act, address } = link
  const mark = linkMark(c, 'verify')
  const status = problem === null ? 200 : 409
  return page(c, <VerifyPage {...{ frame, act, address, mark, problem }} />, status)
}

function leave(site: Site, c: AppContext, link: UnfollowedLink): Promise<Response> {
  if (link.status !== 'throttled') forgetToken(c, 'verify')
  return answerUnfollowed(site, c, link)
}

async function follow(site: Site, c: AppContext): Promise<Response> {
  const form = await readForm(site, c, linkForm)
  if (form instanceof Response) return form
  if (isOfAnotherLink(c, 'verify', form.link)) return open(site, c, otherLinkOpened)
  const result = await site.useCases.followMailedLink({
    ...presentedLink(c, 'verify'),
    renewSession: async (userId) => {
      if (isOf(c, userId)) await c.var.exchange.rotate()
    },
  })
  if ('retryAfterSeconds' in result || result.status === 'dead' || result.status === 'taken') {
    return leave(site, c, result)
  }
  return confirm(site, c, result)
}

function isOf(c: AppContext, userId: string): boolean {
  return c.var.session?.userId === userId
}

type Followed = Extract<FollowMailedLinkResult, { readonly userId: string }>

async function confirm(site: Site, c: AppContext, { status, userId, address }: Followed) {
  const { event, say, page: signedInPage } = outcomes[status]
  tellSecurityEvent(site, c, { event, userId })
  forgetToken(c, 'verify')
  const isTheirs = isOf(c, userId)
  const message = say(address, isTheirs)
  return redirectWhenDone(site, c, { message, to: isTheirs ? signedInPage : '/login' })
}

const outcomes = {
  verified: {
    event: 'email-verified',
    page: '/settings/account',
    say: (address: string) => `${address} is confirmed.`,
  },
  changed: {
    event: 'email-changed',
    // Where the other sessions can be ended: V7.4.3 of ASVS 5.0 asks to offer that.
    page: '/settings/sessions',
    say: (address: string, isTheirs: boolean) =>
      isTheirs
        ? `Your address is now ${address}. Your other sessions go on: end those that you do not know.`
        : `The address is now ${address}. Sign in with it from now on.`,
  },
  'called-off': {
    event: 'email-change-called-off',
    page: '/settings/account',
    say: () =>
      'The change is called off: the account keeps its address. If you did not ask for it, change your password.',
  },
} as const
