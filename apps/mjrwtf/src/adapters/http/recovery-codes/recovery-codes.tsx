import { isResponse } from 'coatcheck/http'
import type { Hono } from 'hono'
import type { RecoveryCodes } from '../../../application/recovery-codes/recovery-codes.ts'
import { rateLimits } from '../../../domain/rate-limits.ts'
import { addAction } from '../forms/form-page.ts'
import { defineForm, formText, readForm } from '../forms/forms.ts'
import type { AppEnv, PageContext, UserRequestContext } from '../http-context.ts'
import { recentUserRoutes, userRoutes } from '../middleware/guards.ts'
import { frameOf, page } from '../responses/page.ts'
import { type Problem, rateLimited, respondWithProblem } from '../responses/problem.tsx'
import { redirectWithFlash } from '../responses/redirects.ts'
import { NewRecoveryCodesPage, RecoveryCodesPage } from './recovery-codes-page.tsx'

export interface RecoveryCodesContext extends PageContext {
  readonly recoveryCodes: RecoveryCodes
}

const path = '/settings/recovery-codes'

/** The number of recovery codes that are left, and their replacement. The codes are shown once, after it. */
export function addRecoveryCodeRoutes(app: Hono<AppEnv>, context: RecoveryCodesContext): void {
  const routes = userRoutes(app, context)
  routes.get(path, (c) => showStatus(context, c))
  addAction(recentUserRoutes(app, context), context, {
    path,
    run: (c) => createCodes(context, c),
    reviewPath: () => path,
  })
  // No step-up: it changes no code.
  routes.post(`${path}/saved`, (c) => confirmSaved(context, c))
}

async function showStatus(context: RecoveryCodesContext, c: UserRequestContext) {
  const { user } = c.var
  const status = await context.recoveryCodes.status(user.id)
  const frame = await frameOf(context, c)
  const { secondFactors } = user
  return page(c, <RecoveryCodesPage {...{ frame, secondFactors, ...status }} />)
}

/** The response has the codes: no URL, cookie or stored page contains them, and a reload shows only their number. */
async function createCodes(context: RecoveryCodesContext, c: UserRequestContext) {
  const { user, exchange, session } = c.var
  const { client } = exchange
  const sessionId = session?.id ?? null
  const result = await context.recoveryCodes.create({ user, client, sessionId })
  if (result.status === 'no-second-factor') return respondWithProblem(context, c, noSecondFactor)
  if (result.status === 'throttled') {
    const hit = { limit: 'recovery-codes', userId: user.id, throttled: result, message: tooMany }
    return respondWithProblem(context, c, rateLimited(context, c, hit))
  }
  const { codes, createdAt } = result
  // A new secret, as after any change of credentials (CS-SM-6).
  await exchange.rotate()
  const frame = await frameOf(context, c, { isAfterPost: true })
  const site = new URL(context.options.baseUrl).host
  return page(c, <NewRecoveryCodesPage {...{ frame, site, email: user.email, codes, createdAt }} />)
}

const tooMany = `You can create recovery codes ${rateLimits.recoveryCodes.max} times an hour.`

const noSecondFactor: Problem = {
  status: 409,
  code: 'no_second_factor',
  title: 'Add a second factor first',
  message: 'Recovery codes replace a second factor that you have lost, and your account has none.',
  nextStep: { path, label: 'Back to recovery codes' },
}

const savedForm = defineForm({ created_at: formText })

async function confirmSaved(context: RecoveryCodesContext, c: UserRequestContext) {
  const form = await readForm(context, c, savedForm.schema)
  if (isResponse(form)) return form
  const createdAt = Date.parse(form.created_at)
  if (!Number.isNaN(createdAt)) await context.recoveryCodes.confirmSaved(c.var.user.id, createdAt)
  const message = 'Your recovery codes are ready. Keep them apart from your password.'
  return redirectWithFlash(context, c, { message, to: path })
}
