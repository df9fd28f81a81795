import { isResponse } from 'coatcheck/http'
import type {
  ChangeFactorRequest,
  ManageFactors,
} from '../../../application/second-factors/manage-factors.ts'
import type { SecondFactorKind } from '../../../domain/second-factor.ts'
import type { UserId } from '../../../domain/user.ts'
import { addFormPage, type FormContext, rejectFields } from '../forms/form-page.ts'
import { defineDraftForm, defineForm, formText } from '../forms/forms.ts'
import type { GuardedRoutes, UserRequestContext } from '../http-context.ts'
import { frameOf } from '../responses/page.ts'
import { type Problem, respondWithProblem } from '../responses/problem.tsx'
import { redirectWithFlash } from '../responses/redirects.ts'
import { type FactorTexts, RemoveFactorPage, RenameFactorPage } from './change-factor-pages.tsx'
import { refusedRemoval } from './refused-removal.ts'

export interface ChangeFactorContext extends FormContext {
  readonly manageFactors: Pick<ManageFactors, 'list' | 'rename' | 'remove'>
}

interface NamedFactor {
  readonly id: string
  readonly name: string
}

/** A kind of factor of which a user can have several, each with a name. */
export interface NamedFactors {
  readonly kind: Exclude<SecondFactorKind, 'phone'>
  /** Of the list. */
  readonly path: string
  readonly texts: FactorTexts
  list(userId: UserId): Promise<readonly NamedFactor[]>
}

type UserRoutes = GuardedRoutes<UserRequestContext>

/** Adds the pages that rename and remove a factor, at `/:id/rename` and `/:id/remove` below its list. */
export function addFactorChanges(
  routes: UserRoutes,
  context: ChangeFactorContext,
  factors: NamedFactors,
): void {
  addRenaming(routes, context, factors)
  addRemoval(routes, context, factors)
}

function addRenaming(
  routes: UserRoutes,
  context: ChangeFactorContext,
  factors: NamedFactors,
): void {
  const { path, texts, kind } = factors
  addFormPage(routes, context, {
    path: `${path}/:id/rename`,
    form: defineDraftForm({ name: formText }, ['name']),
    async initialValues(c) {
      const factor = await findOwn(context, c, factors)
      return isResponse(factor) ? factor : { name: factor.name }
    },
    async render(c, { values: { name }, ...state }) {
      const frame = await frameOf(context, c)
      return <RenameFactorPage {...{ frame, path, texts, name }} {...state} />
    },
    async submit(c, { name }) {
      const result = await context.manageFactors.rename({ ...changeIn(c, kind), name })
      if (result.status === 'invalid') return rejectFields(result.fields)
      if (result.status === 'missing') return respondWithProblem(context, c, notFound(factors))
      const message = `${capitalize(texts.noun)} renamed.`
      return { status: 'accepted', response: redirectWithFlash(context, c, { message, to: path }) }
    },
  })
}

function addRemoval(routes: UserRoutes, context: ChangeFactorContext, factors: NamedFactors): void {
  const { path, texts, kind } = factors
  addFormPage(routes, context, {
    path: `${path}/:id/remove`,
    form: defineForm({}),
    async render(c) {
      const factor = await findOwn(context, c, factors)
      if (isResponse(factor)) return factor
      const frame = await frameOf(context, c)
      return <RemoveFactorPage {...{ frame, path, texts, name: factor.name }} />
    },
    async submit(c) {
      const result = await context.manageFactors.remove(changeIn(c, kind))
      if (result === 'missing') return respondWithProblem(context, c, notFound(factors))
      if (result !== 'removed') {
        return respondWithProblem(context, c, refusedRemoval(result, { noun: texts.noun, path }))
      }
      // A new secret, as after any change of credentials (CS-SM-6).
      await c.var.exchange.rotate()
      const message = `${capitalize(texts.noun)} removed. ${texts.removalHint}`
      return redirectWithFlash(context, c, { message, to: path })
    },
  })
}

/** The factor of the path, or a 404, also for that of another user. */
async function findOwn(
  context: ChangeFactorContext,
  c: UserRequestContext,
  factors: NamedFactors,
): Promise<NamedFactor | Response> {
  const owned = await factors.list(c.var.user.id)
  const factor = owned.find(({ id }) => id === c.req.param('id'))
  return factor ?? respondWithProblem(context, c, notFound(factors))
}

function changeIn(c: UserRequestContext, kind: NamedFactors['kind']): ChangeFactorRequest {
  const { user, session, exchange } = c.var
  const factor = { kind, id: c.req.param('id') ?? '' }
  return { user, factor, sessionId: session?.id ?? null, ...exchange.client }
}

/** The same for a factor of another user, a removed one and an unknown id. */
function notFound({ path, texts: { noun } }: NamedFactors): Problem {
  return {
    status: 404,
    code: 'not_found',
    title: `${capitalize(noun)} not found`,
    message: `You have no such ${noun}. You may have removed it already.`,
    nextStep: { path, label: `Back to your ${noun}s` },
  }
}

function capitalize(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}
