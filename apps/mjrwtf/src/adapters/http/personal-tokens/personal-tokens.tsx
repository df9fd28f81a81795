import { randomBytes } from 'node:crypto'
import type { Hono } from 'hono'
import type { CreatedToken } from '../../../application/personal-tokens/create-token.ts'
import type { PersonalTokens } from '../../../application/personal-tokens/personal-tokens.ts'
import { defaultTokenLifetime } from '../../../application/personal-tokens/read-token-form.ts'
import { maxPersonalTokens, tokenReminder } from '../../../domain/personal-token.ts'
import { countText } from '../components/texts.ts'
import {
  addFormPage,
  type FormContext,
  type RejectedForm,
  rejectFields,
  rejectForNow,
} from '../forms/form-page.ts'
import { defineForm } from '../forms/forms.ts'
import type { AppEnv, GuardedRoutes, UserRequestContext } from '../http-context.ts'
import { recentUserRoutes, userRoutes } from '../middleware/guards.ts'
import { logSecurityEvent } from '../reporting/log-security-event.ts'
import { frameOf, page } from '../responses/page.ts'
import { type Problem, respondWithProblem } from '../responses/problem.tsx'
import { redirectWithFlash } from '../responses/redirects.ts'
import { CreatedTokenPage } from './created-token-page.tsx'
import { NewTokenPage } from './new-token-page.tsx'
import { RevokePage } from './revoke-pages.tsx'
import { tokenForm, toTokenInput } from './token-form.ts'
import { TokensPage, tokensPath } from './tokens-page.tsx'

export interface PersonalTokensContext extends FormContext {
  readonly personalTokens: Omit<PersonalTokens, 'verify' | 'remindOfExpiry'>
}

type UserRoutes = GuardedRoutes<UserRequestContext>

/** Routes that list, create and revoke the user's personal access tokens. */
export function addPersonalTokenRoutes(app: Hono<AppEnv>, context: PersonalTokensContext): void {
  userRoutes(app, context).get(tokensPath, (c) => showTokens(context, c))
  const routes = recentUserRoutes(app, context)
  addCreation(routes, context)
  addRevocation(routes, context)
  addRevocationOfAll(routes, context)
}

async function showTokens(context: PersonalTokensContext, c: UserRequestContext) {
  const tokens = await context.personalTokens.list(c.var.user.id)
  const frame = await frameOf(context, c)
  return page(c, <TokensPage {...{ frame, tokens, now: context.clock.now() }} />)
}

function addCreation(routes: UserRoutes, context: PersonalTokensContext): void {
  addFormPage(routes, context, {
    path: `${tokensPath}/new`,
    form: tokenForm,
    initialValues: () => ({ lifetime: String(defaultTokenLifetime) }),
    async render(c, { values, ...state }) {
      const frame = await frameOf(context, c)
      const now = context.clock.now()
      const id = isTokenId(values.id) ? values.id : randomBytes(16).toString('base64url')
      return <NewTokenPage {...{ frame, now, values: { ...values, id } }} {...state} />
    },
    async submit(c, values) {
      if (!isTokenId(values.id)) return rejected(400, 'This page has expired. Try again.')
      const { user, exchange } = c.var
      const { client } = exchange
      const input = toTokenInput(values)
      const result = await context.personalTokens.create({ user, client, id: values.id, input })
      switch (result.status) {
        case 'created':
          return { status: 'accepted', response: showCreated(context, c, result.created) }
        case 'exists':
          return redirectWithFlash(context, c, { message: createdBefore, to: tokensPath })
        case 'invalid':
          return rejectFields(result.fields)
        case 'throttled':
          return rejectForNow(result)
        case 'too-many':
        case 'user-changed':
          return rejections[result.status]
      }
    },
  })
}

function isTokenId(text: string): boolean {
  return /^[A-Za-z0-9_-]{22}$/.test(text)
}

/** The response has the token: no URL, cookie or stored page contains it, and a reload shows the list. */
async function showCreated(
  context: PersonalTokensContext,
  c: UserRequestContext,
  created: CreatedToken,
): Promise<Response> {
  const detail = `name ${created.name}`
  logSecurityEvent(context, c, { event: 'token-created', userId: c.var.user.id, detail })
  const frame = await frameOf(context, c, { reloadPath: tokensPath })
  const isReminded = created.expiresAt - context.clock.now() > tokenReminder
  return page(c, <CreatedTokenPage {...{ frame, created, isReminded }} />)
}

const createdBefore =
  'This token was created already. We cannot show it again: if you did not copy it, revoke it and create another.'

const rejections: Readonly<Record<'too-many' | 'user-changed', RejectedForm>> = {
  'too-many': rejected(
    409,
    `You have ${maxPersonalTokens} tokens, the maximum. Revoke one to create another.`,
  ),
  'user-changed': rejected(409, 'Your password was just changed. Nothing was created.'),
}

function rejected(httpStatus: 400 | 409, problem: string): RejectedForm {
  return { status: 'rejected', httpStatus, problem }
}

function addRevocation(routes: UserRoutes, context: PersonalTokensContext): void {
  addFormPage(routes, context, {
    path: `${tokensPath}/:id/revoke`,
    form: defineForm({}),
    async render(c) {
      const tokens = await context.personalTokens.list(c.var.user.id)
      const token = tokens.find(({ id }) => id === c.req.param('id'))
      if (token === undefined) return respondWithProblem(context, c, noSuchToken)
      const frame = await frameOf(context, c)
      const texts = { title: 'Revoke access token', what: token.name, button: 'Revoke' }
      return <RevokePage {...{ frame, ...texts }} />
    },
    async submit(c) {
      const { id: userId } = c.var.user
      const id = c.req.param('id') ?? ''
      const name = isTokenId(id) ? await context.personalTokens.revoke(userId, id) : null
      if (name === null) return respondWithProblem(context, c, noSuchToken)
      logSecurityEvent(context, c, { event: 'token-revoked', userId, detail: `name ${name}` })
      const message = `Access token \u201c${name}\u201d revoked.`
      return redirectWithFlash(context, c, { message, to: tokensPath })
    },
  })
}

function addRevocationOfAll(routes: UserRoutes, context: PersonalTokensContext): void {
  addFormPage(routes, context, {
    path: `${tokensPath}/revoke-all`,
    form: defineForm({}),
    async render(c) {
      const { length } = await context.personalTokens.list(c.var.user.id)
      const frame = await frameOf(context, c)
      const what = `all ${countText(length, 'token')}`
      return <RevokePage {...{ frame, title: 'Revoke all tokens', what, button: 'Revoke all' }} />
    },
    async submit(c) {
      const { id: userId } = c.var.user
      const count = await context.personalTokens.revokeAll(userId)
      if (count > 0) logSecurityEvent(context, c, { event: 'token-revoked', userId, detail: 'all' })
      const message = count === 0 ? 'You have no tokens.' : `${countText(count, 'token')} revoked.`
      return redirectWithFlash(context, c, { message, to: tokensPath })
    },
  })
}

/** The same for a token of another user, a revoked one and an unknown id. */
const noSuchToken: Problem = {
  status: 404,
  code: 'not_found',
  title: 'Token not found',
  message: 'You have no such token. You may have revoked it already.',
  nextStep: { path: tokensPath, label: 'Back to your tokens' },
}
