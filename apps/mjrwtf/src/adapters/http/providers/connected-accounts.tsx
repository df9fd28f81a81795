import { isResponse } from 'coatcheck/http'
import type { Hono } from 'hono'
import type { Identities, IdentityRequester } from '../../../application/identities/identities.ts'
import { type Identity, isProviderId, maxIdentitiesPerUser } from '../../../domain/identity.ts'
import { sentenceStart } from '../components/texts.ts'
import { addFormPage, type FormContext } from '../forms/form-page.ts'
import { defineForm } from '../forms/forms.ts'
import type { AppEnv, GuardedRoutes, UserRequestContext } from '../http-context.ts'
import { recentUserRoutes, userRoutes } from '../middleware/guards.ts'
import { frameOf, page } from '../responses/page.ts'
import { notFound, type Problem, respondWithProblem } from '../responses/problem.tsx'
import { redirectWithFlash, signOutDeletedAccount } from '../responses/redirects.ts'
import { type BeginVisitContext, beginVisit } from './begin-visit.tsx'
import {
  ConfirmLinkPage,
  ConnectedAccountsPage,
  confirmLinkPath,
  connectedAccountsPath,
  DisconnectPage,
  type ShownIdentity,
} from './connected-accounts-page.tsx'
import {
  clearPresentedIdentity,
  type KeptIdentity,
  readPresentedIdentity,
} from './presented-identity-cookie.ts'

export interface ConnectedAccountsContext extends FormContext {
  readonly providerVisits: BeginVisitContext['providerVisits']
  readonly identities: Pick<Identities, 'list' | 'listProviders' | 'nameOf' | 'link' | 'unlink'>
}

type UserRoutes = GuardedRoutes<UserRequestContext>

/** Lists, links and unlinks the identities of the user. */
export function addConnectedAccountsRoutes(
  app: Hono<AppEnv>,
  context: ConnectedAccountsContext,
): void {
  userRoutes(app, context).get(connectedAccountsPath, (c) => showAccounts(context, c))
  const routes = recentUserRoutes(app, context)
  routes.get(`${connectedAccountsPath}/:provider/connect`, (c) => beginLink(context, c))
  addConfirmation(routes, context)
  addUnlinking(routes, context)
}

async function showAccounts(
  context: ConnectedAccountsContext,
  c: UserRequestContext,
): Promise<Response> {
  const frame = await frameOf(context, c)
  const identities = (await context.identities.list(c.var.user.id)).map(toShown(context))
  const providers = context.identities.listProviders()
  const now = context.clock.now()
  return page(c, <ConnectedAccountsPage {...{ frame, identities, providers, now }} />)
}

function toShown({ identities }: ConnectedAccountsContext) {
  return ({ provider, ...identity }: Identity): ShownIdentity => ({
    ...identity,
    providerName: identities.nameOf(provider),
    isUsable: identities.listProviders().some(({ issuer }) => issuer === identity.issuer),
  })
}

/** The callback, in the same session, leads to the confirmation, which has the same guards. */
function beginLink(context: ConnectedAccountsContext, c: UserRequestContext) {
  const provider = c.req.param('provider') ?? ''
  if (!isProviderId(provider) || context.providerVisits.find(provider) === null) {
    return respondWithProblem(context, c, notFound)
  }
  return beginVisit(context, c, {
    provider,
    purpose: 'link',
    next: null,
    remember: false,
    invite: null,
    sessionId: c.var.session?.id ?? '',
    maxAge: null,
  })
}

function addConfirmation(routes: UserRoutes, context: ConnectedAccountsContext): void {
  addFormPage(routes, context, {
    path: confirmLinkPath,
    form: defineForm({}),
    async render(c) {
      const kept = keptIdentity(c)
      if (kept === null) return respondWithProblem(context, c, nothingToConnect)
      const { provider, email } = kept.presented
      const frame = await frameOf(context, c)
      const name = context.identities.nameOf(provider)
      return <ConfirmLinkPage {...{ frame, email, provider: name }} />
    },
    async submit(c) {
      const kept = keptIdentity(c)
      if (kept === null) return respondWithProblem(context, c, nothingToConnect)
      return link(context, c, kept)
    },
  })
}

/** An identity that another session has shown is not linked in this one. */
function keptIdentity(c: UserRequestContext): KeptIdentity | null {
  const kept = readPresentedIdentity(c)
  const isOfSession = kept?.sessionId === null || kept?.sessionId === c.var.session?.id
  return isOfSession ? kept : null
}

async function link(
  context: ConnectedAccountsContext,
  c: UserRequestContext,
  { presented }: KeptIdentity,
): Promise<Response> {
  const name = context.identities.nameOf(presented.provider)
  const result = await context.identities.link({ ...requesterOf(c), presented })
  clearPresentedIdentity(c)
  switch (result) {
    case 'added':
      // A new secret, as after any change of credentials (CS-SM-6).
      await c.var.exchange.rotate()
      return redirectWithFlash(context, c, {
        message: `${sentenceStart(name)} connected. You can now sign in with it.`,
        to: connectedAccountsPath,
      })
    case 'already-linked':
      return redirectWithFlash(context, c, {
        message: `This ${name} account was already connected.`,
        to: connectedAccountsPath,
      })
    case 'user-deleted':
      return signOutDeletedAccount(c)
    default:
      return respondWithProblem(context, c, refusals[result](name))
  }
}

function requesterOf(c: UserRequestContext): IdentityRequester {
  const { user, session, exchange } = c.var
  const { ipAddress, userAgent } = exchange.client
  return { user, sessionId: session?.id ?? '', ipAddress, userAgent }
}

const backToList = { path: connectedAccountsPath, label: 'Your connected accounts' }

/** The page changes nothing, so that another site that opens it leaves no message. */
const nothingToConnect: Problem = {
  status: 409,
  code: 'nothing_to_connect',
  title: 'Nothing to connect',
  message: 'This took more than 15 minutes, or was completed already. Please start again.',
  nextStep: backToList,
}

type Refusal = 'of-other-user' | 'too-many' | 'user-changed'

const refusals: Readonly<Record<Refusal, (name: string) => Problem>> = {
  'of-other-user': (name) => ({
    status: 409,
    code: 'identity_in_use',
    title: `This ${name} account is in use`,
    message: `It is connected to another account on this site. Disconnect it there first, or use another ${name} account.`,
    nextStep: backToList,
  }),
  'user-changed': () => ({
    status: 409,
    code: 'user_changed',
    title: 'Nothing was connected',
    message: 'Your password was just changed. If that was you, start again.',
    nextStep: backToList,
  }),
  'too-many': () => ({
    status: 409,
    code: 'too_many_identities',
    title: 'Too many connected accounts',
    message: `You have connected ${maxIdentitiesPerUser} accounts, the maximum. Disconnect one to connect another.`,
    nextStep: backToList,
  }),
}

function addUnlinking(routes: UserRoutes, context: ConnectedAccountsContext): void {
  addFormPage(routes, context, {
    path: `${connectedAccountsPath}/:id/disconnect`,
    form: defineForm({}),
    async render(c) {
      const identity = await findOwn(context, c)
      if (isResponse(identity)) return identity
      return <DisconnectPage frame={await frameOf(context, c)} identity={identity} />
    },
    submit: (c) => unlink(context, c),
  })
}

async function findOwn(
  context: ConnectedAccountsContext,
  c: UserRequestContext,
): Promise<ShownIdentity | Response> {
  const owned = await context.identities.list(c.var.user.id)
  const identity = owned.find(({ id }) => id === c.req.param('id'))
  if (identity === undefined) return respondWithProblem(context, c, noSuchIdentity)
  return toShown(context)(identity)
}

async function unlink(context: ConnectedAccountsContext, c: UserRequestContext): Promise<Response> {
  const id = c.req.param('id') ?? ''
  const result = await context.identities.unlink({ ...requesterOf(c), id })
  if (result.status === 'missing') return respondWithProblem(context, c, noSuchIdentity)
  if (result.status === 'last-sign-in-method') return respondWithProblem(context, c, lastMethod)
  await c.var.exchange.rotate()
  const message = `${context.identities.nameOf(result.identity.provider)} disconnected.`
  return redirectWithFlash(context, c, { message, to: connectedAccountsPath })
}

/** The same for an identity of another user and an unknown id. */
const noSuchIdentity: Problem = {
  status: 404,
  code: 'not_found',
  title: 'Connected account not found',
  message: 'You have no such connected account. You may have disconnected it already.',
  nextStep: backToList,
}

const lastMethod: Problem = {
  status: 409,
  code: 'last_sign_in_method',
  title: 'Your account was not disconnected',
  message:
    'You could not sign in without it. Set a password, add a passkey or connect another account first.',
  nextStep: { path: '/settings/security', label: 'Your ways to sign in' },
}
