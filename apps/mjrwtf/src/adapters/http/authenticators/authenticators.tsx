import { isResponse } from 'coatcheck/http'
import type { Hono } from 'hono'
import type {
  AuthenticatorReference,
  Authenticators,
} from '../../../application/authenticators/authenticators.ts'
import type { ManageFactors } from '../../../application/second-factors/manage-factors.ts'
import type { Authenticator } from '../../../domain/authenticator.ts'
import { addFormPage, type FormContext, rejectFields } from '../forms/form-page.ts'
import { defineForm, formText } from '../forms/forms.ts'
import type { AppEnv, GuardedRoutes, UserRequestContext } from '../http-context.ts'
import { recentUserRoutes, userRoutes } from '../middleware/guards.ts'
import { frameOf, page } from '../responses/page.ts'
import { type Problem, respondWithProblem } from '../responses/problem.tsx'
import { redirectWithFlash } from '../responses/redirects.ts'
import { AuthenticatorsPage, authenticatorsPath } from './authenticators-page.tsx'
import { RemoveAuthenticatorPage, RenameAuthenticatorPage } from './change-pages.tsx'
import { enroll } from './enroll.tsx'
import { explainInterruption } from './explain-interruption.ts'

export interface AuthenticatorsContext extends FormContext {
  readonly authenticators: Omit<Authenticators, 'checkCode' | 'renewKeys'>
  readonly manageFactors: Pick<ManageFactors, 'list'>
}

type UserRoutes = GuardedRoutes<UserRequestContext>

/** Routes that list and change the user's authenticator apps. */
export function addAuthenticatorRoutes(app: Hono<AppEnv>, context: AuthenticatorsContext): void {
  userRoutes(app, context).get(authenticatorsPath, (c) => showAuthenticators(context, c))
  const routes = recentUserRoutes(app, context)
  routes.post(authenticatorsPath, (c) => enroll(context, c), explainInterruption(context))
  addRenaming(routes, context)
  addRemoval(routes, context)
}

async function showAuthenticators(context: AuthenticatorsContext, c: UserRequestContext) {
  const { user } = c.var
  const [authenticators, { unusedRecoveryCodes }] = await Promise.all([
    context.authenticators.list(user.id),
    context.manageFactors.list(user),
  ])
  const frame = await frameOf(context, c)
  const now = context.clock.now()
  return page(c, <AuthenticatorsPage {...{ frame, authenticators, unusedRecoveryCodes, now }} />)
}

function addRenaming(routes: UserRoutes, context: AuthenticatorsContext): void {
  addFormPage(routes, context, {
    path: `${authenticatorsPath}/:id/rename`,
    form: defineForm({ name: formText }),
    async initialValues(c) {
      const authenticator = await findOwn(context, c)
      return isResponse(authenticator) ? authenticator : { name: authenticator.name }
    },
    async render(c, { values, fieldErrors }) {
      const frame = await frameOf(context, c)
      return <RenameAuthenticatorPage {...{ frame, name: values.name, fieldErrors }} />
    },
    async submit(c, { name }) {
      const result = await context.authenticators.rename(referenceIn(c), name)
      if (result.status === 'invalid') return rejectFields(result.fields)
      if (result.status === 'missing') return respondWithProblem(context, c, noSuchAuthenticator)
      const message = 'Authenticator app renamed.'
      return redirectWithFlash(context, c, { message, to: authenticatorsPath })
    },
  })
}

function addRemoval(routes: UserRoutes, context: AuthenticatorsContext): void {
  addFormPage(routes, context, {
    path: `${authenticatorsPath}/:id/remove`,
    form: defineForm({}),
    async render(c) {
      const authenticator = await findOwn(context, c)
      if (isResponse(authenticator)) return authenticator
      const frame = await frameOf(context, c)
      return <RemoveAuthenticatorPage frame={frame} name={authenticator.name} />
    },
    async submit(c) {
      const result = await context.authenticators.remove(referenceIn(c))
      if (result === 'missing') return respondWithProblem(context, c, noSuchAuthenticator)
      if (result !== 'removed') return respondWithProblem(context, c, refusals[result])
      await c.var.exchange.rotate()
      const message = 'Authenticator app removed. Delete the entry in the app too.'
      return redirectWithFlash(context, c, { message, to: authenticatorsPath })
    },
  })
}

/** The authenticator of the path, or a 404, also for that of another user. */
async function findOwn(
  context: AuthenticatorsContext,
  c: UserRequestContext,
): Promise<Authenticator | Response> {
  const owned = await context.authenticators.list(c.var.user.id)
  const authenticator = owned.find(({ id }) => id === c.req.param('id'))
  return authenticator ?? respondWithProblem(context, c, noSuchAuthenticator)
}

function referenceIn(c: UserRequestContext): AuthenticatorReference {
  const { user, session, exchange } = c.var
  const { client } = exchange
  return { user, id: c.req.param('id') ?? '', client, sessionId: session?.id ?? null }
}

const listStep = { path: authenticatorsPath, label: 'Back to your authenticator apps' } as const

/** The same for one of another user, a removed one and an unknown id. */
const noSuchAuthenticator: Problem = {
  status: 404,
  code: 'not_found',
  title: 'Authenticator app not found',
  message: 'This authenticator app does not exist or was removed.',
  nextStep: listStep,
}

const refusals: Readonly<Record<'last-factor' | 'phone-would-remain', Problem>> = {
  'last-factor': {
    status: 409,
    code: 'last_factor',
    title: 'Authenticator app not removed',
    message: 'Your account needs a second factor. Add another one, then remove this one.',
    nextStep: listStep,
  },
  'phone-would-remain': {
    status: 409,
    code: 'phone_would_remain',
    title: 'Authenticator app not removed',
    message:
      'An administrator cannot rely on text messages alone. Add a passkey or another ' +
      'authenticator app, then remove this one.',
    nextStep: listStep,
  },
}
