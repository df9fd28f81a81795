import { isResponse } from 'coatcheck/http'
import type { z } from 'zod'
import type { Drafts } from '../../../application/drafts/drafts.ts'
import type { Busy, FieldError, Throttled } from '../../../domain/results.ts'
import { type FieldErrors, noErrors } from '../components/fields.tsx'
import { rejectedText } from '../components/texts.ts'
import type { GuardedRoutes, PageContext, RequestContext } from '../http-context.ts'
import { type Html, page } from '../responses/page.ts'
import { type ProblemContext, retryAfterHeader } from '../responses/problem.tsx'
import { discardDraft, draftIdOf, loadDraft, saveDraftOnRejection } from './drafts.ts'
import { defineForm, errorsByField, type Form, readForm } from './forms.ts'
import { type InterruptionContext, returnAfterInterruption } from './interrupted.ts'

/** The context of routes with form pages. */
export interface FormContext extends PageContext {
  readonly drafts: Drafts
}

/** What the page of a form shows. */
export interface FormState<Values> {
  /** Initial values, or the input that was rejected. Pages must not render passwords. */
  readonly values: Values
  readonly fieldErrors: FieldErrors
  /** An error that belongs to no field. */
  readonly problem: string | null
  /** Id of the draft that filled the form, or empty. */
  readonly draft: string
  /** Whether the form was just filled with the draft. */
  readonly isRestored: boolean
}

/** A submission that was not accepted. The form is shown again, with the input. */
export interface RejectedForm {
  readonly status: 'rejected'
  readonly httpStatus: 400 | 401 | 403 | 409 | 429 | 503
  readonly fieldErrors?: FieldErrors
  readonly problem?: string
  readonly retryAfterSeconds?: number
}

/** An accepted submission. Its draft is deleted. */
export interface AcceptedForm {
  readonly status: 'accepted'
  readonly response: Response | Promise<Response>
}

/** A page with one form: GET shows it, POST to the same path submits it. */
export interface FormPage<C extends RequestContext, Schema extends z.ZodType> {
  readonly path: string
  readonly form: Form<Schema>
  /** Initial values by field name, or a response instead of the form. Default: empty fields. */
  initialValues?(c: C): InitialValues<Schema> | Promise<InitialValues<Schema>>
  /** The page with the form, or a response instead of it. */
  render(c: C, state: FormState<z.output<Schema>>): Html | Promise<Html | Response>
  /** A `Response` keeps the draft, if there is one. An accepted form with a draft returns `AcceptedForm`. */
  submit(c: C, input: z.output<Schema>): Promise<AcceptedForm | RejectedForm | Response>
}

type InitialValues<Schema extends z.ZodType> = Partial<z.input<Schema>> | Response

/** Adds the routes of a form: guards, CSRF, drafts, validation by field, and the form again after a rejection. */
export function addFormPage<C extends RequestContext, Schema extends z.ZodType>(
  routes: GuardedRoutes<C>,
  context: FormContext,
  formPage: FormPage<C, Schema>,
): void {
  const { path, form } = formPage
  routes.get(path, (c) => showForm(context, c, formPage))
  const submit = (c: C) => submitForm(context, c, formPage)
  const isSaved = form.draftFields.length > 0
  const onRejection = isSaved
    ? saveDraftOnRejection(context, form)
    : returnAfterInterruption(context, (c) => c.req.path)
  routes.post(path, submit, onRejection)
}

async function showForm<C extends RequestContext, Schema extends z.ZodType>(
  context: FormContext,
  c: C,
  formPage: FormPage<C, Schema>,
): Promise<Response> {
  const initial = (await formPage.initialValues?.(c)) ?? {}
  if (isResponse(initial)) return initial
  const { schema, draftFields } = formPage.form
  const restored = draftFields.length === 0 ? null : await loadDraft(context, c)
  const values = schema.parse({ ...initial, ...restored?.fields })
  const [draft, isRestored] = [restored?.draft ?? '', restored !== null]
  const state = { values, fieldErrors: noErrors, problem: null, draft, isRestored }
  return respondWithForm(c, await formPage.render(c, state), 200)
}

async function submitForm<C extends RequestContext, Schema extends z.ZodType>(
  context: FormContext,
  c: C,
  formPage: FormPage<C, Schema>,
): Promise<Response> {
  c.var.acceptForm?.()
  const input = await readForm(context, c, formPage.form.schema)
  if (isResponse(input)) return input
  const result = await formPage.submit(c, input)
  if (isResponse(result)) return result
  if (result.status === 'accepted') {
    const response = await result.response
    await discardDraft(context, c)
    return response
  }
  if (result.retryAfterSeconds !== undefined)
    c.header(...retryAfterHeader(result.retryAfterSeconds))
  const state = {
    values: input,
    fieldErrors: result.fieldErrors ?? noErrors,
    problem: result.problem ?? null,
    draft: await draftIdOf(c),
    isRestored: false,
  }
  return respondWithForm(c, await formPage.render(c, state), result.httpStatus)
}

function respondWithForm(
  c: RequestContext,
  rendered: Html | Response,
  status: 200 | RejectedForm['httpStatus'],
): Response | Promise<Response> {
  return isResponse(rendered) ? rendered : page(c, rendered, status)
}

/** A form with only a button, which changes something. */
export interface FormAction<C extends RequestContext> {
  readonly path: string
  run(c: C): Response | Promise<Response>
  /** The page to which a user returns whom a guard has interrupted. Default: the page that sent the form. */
  reviewPath?(c: RequestContext): string
}

const buttonForm = defineForm({})

/** Adds the route of a form with only a button. It accepts no fields. */
export function addAction<C extends RequestContext>(
  routes: GuardedRoutes<C>,
  context: ProblemContext & InterruptionContext,
  { path, run, reviewPath }: FormAction<C>,
): void {
  async function submit(c: C): Promise<Response> {
    c.var.acceptForm?.()
    const form = await readForm(context, c, buttonForm.schema)
    return isResponse(form) ? form : run(c)
  }
  const onRejection = returnAfterInterruption(context, (c) => reviewPath?.(c) ?? null)
  routes.post(path, submit, onRejection)
}

/** Rejects a form because of its fields. */
export function rejectFields(fields: readonly FieldError<string>[]): RejectedForm {
  return { status: 'rejected', httpStatus: 400, fieldErrors: errorsByField(fields) }
}

/** Rejects a form that was not evaluated, and says when to try again. */
export function rejectForNow(
  rejected: Throttled | Busy,
  problem: string = rejectedText(rejected),
): RejectedForm {
  const { retryAfterSeconds } = rejected
  const httpStatus = rejected.status === 'throttled' ? 429 : 503
  return { status: 'rejected', httpStatus, problem, retryAfterSeconds }
}
