import type { Hono } from 'hono'
import type { PasskeyReference, Passkeys } from '../../../application/passkeys/passkeys.ts'
import type { RegistrationRejection } from '../../../application/passkeys/register.ts'
import { maxPasskeysPerUser } from '../../../domain/passkey.ts'
import { addConfirmedAction, type Confirmation } from '../forms/confirmed-action.tsx'
import { addFormPage, type RejectedForm, rejectFields, rejectForNow } from '../forms/form-page.ts'
import { defineForm, formText } from '../forms/forms.ts'
import {
  bindNewChallenge,
  bindPresentedChallenge,
  type ChallengeSubject,
  passkeyFields,
  passkeyResponseIn,
} from '../forms/passkey-fields.ts'
import type { AppEnv, GuardedRoutes, UserRequestContext } from '../http-context.ts'
import { recentUserRoutes, userRoutes } from '../middleware/guards.ts'
import { frameOf, page } from '../responses/page.ts'
import { type Problem, respondWithProblem } from '../responses/problem.tsx'
import { redirectWithFlash, signOutDeletedAccount } from '../responses/redirects.ts'
import { addFactorChanges, type ChangeFactorContext } from '../second-factors/change-factor.tsx'
import type { FactorTexts } from '../second-factors/change-factor-pages.tsx'
import { stepUp } from '../sign-in/step-up.ts'
import { AddPasskeyPage } from './add-passkey-page.tsx'
import { PasskeysPage, passkeysPath } from './passkeys-page.tsx'

export interface PasskeysContext extends ChangeFactorContext {
  readonly passkeys: Omit<Passkeys, 'authenticate'>
}

type UserRoutes = GuardedRoutes<UserRequestContext>

const texts: FactorTexts = {
  noun: 'passkey',
  renameHint: 'Only you see it.',
  removalEffect: 'You can no longer sign in with it.',
  removalHint: 'Delete it in your password manager or device too.',
}

/** Routes that list and change the user's passkeys. */
export function addPasskeyRoutes(app: Hono<AppEnv>, context: PasskeysContext): void {
  userRoutes(app, context).get(passkeysPath, (c) => showPasskeys(context, c))
  const routes = recentUserRoutes(app, context)
  addRegistration(routes, context)
  const { list } = context.passkeys
  addFactorChanges(routes, context, { kind: 'passkey', path: passkeysPath, texts, list })
  const path = `${passkeysPath}/:id/keep`
  addConfirmedAction(routes, context, {
    path,
    confirm: (c) => confirmKeeping(context, c),
    run: (c) => keep(context, c),
  })
}

async function showPasskeys(context: PasskeysContext, c: UserRequestContext): Promise<Response> {
  const { user } = c.var
  const [passkeys, { unusedRecoveryCodes }] = await Promise.all([
    context.passkeys.list(user.id),
    context.manageFactors.list(user),
  ])
  const frame = await frameOf(context, c)
  const now = context.clock.now()
  return page(c, <PasskeysPage {...{ frame, passkeys, unusedRecoveryCodes, now }} />)
}

const registrationForm = defineForm({ name: formText, ...passkeyFields })

function addRegistration(routes: UserRoutes, context: PasskeysContext): void {
  const { passkeys } = context
  addFormPage(routes, context, {
    path: `${passkeysPath}/add`,
    form: registrationForm,
    async render(c, { values, ...state }) {
      const binding = bindNewChallenge(c, registrationOf(c))
      const offer = await passkeys.offerRegistration(c.var.user, binding)
      if (offer === null) return respondWithProblem(context, c, tooMany)
      const frame = await frameOf(context, c)
      return <AddPasskeyPage {...{ frame, offer, name: values.name }} {...state} />
    },
    async submit(c, input) {
      const { user, exchange } = c.var
      const presented = passkeyResponseIn(input)
      if (presented === null) return rejected(400, 'Your browser sent no passkey. Try again.')
      const result = await passkeys.register({
        ...{ user, name: input.name, ...presented, ...exchange.client },
        binding: bindPresentedChallenge(c, registrationOf(c)),
        sessionId: c.var.session?.id ?? null,
      })
      if (result.status === 'invalid') return rejectFields(result.fields)
      if (result.status === 'throttled') return rejectForNow(result)
      if (result.status === 'rejected') {
        const { reason } = result
        return reason === 'user-deleted' ? signOutDeletedAccount(c) : rejections[reason]
      }
      // The user has just used it, so the next sensitive page does not ask for it at once.
      await stepUp(context, c, ['swk', 'user'])
      const message = `Passkey \u201c${result.name}\u201d added.`
      return redirectWithFlash(context, c, { message, to: passkeysPath })
    },
  })
}

function registrationOf(c: UserRequestContext): ChallengeSubject {
  return { purpose: 'register', contextId: c.var.session?.id ?? null, userId: c.var.user.id }
}

const rejections: Readonly<Record<Exclude<RegistrationRejection, 'user-deleted'>, RejectedForm>> = {
  expired: rejected(400, 'This page was open for too long. Try again.'),
  unverified: rejected(400, 'The passkey could not be verified. Try again.'),
  registered: rejected(409, 'You have already added this passkey.'),
  'of-other-user': rejected(409, 'This passkey belongs to another account. Create a new one.'),
  'too-many': rejected(
    409,
    `You have ${maxPasskeysPerUser} passkeys, the maximum. Remove one to add another.`,
  ),
}

function rejected(httpStatus: 400 | 409, problem: string): RejectedForm {
  return { status: 'rejected', httpStatus, problem }
}

const tooMany: Problem = {
  status: 409,
  code: 'too_many_passkeys',
  title: 'Too many passkeys',
  message: 'You have the maximum of passkeys. Remove one to add another.',
  nextStep: { path: passkeysPath, label: 'Your passkeys' },
}

async function confirmKeeping(
  context: PasskeysContext,
  c: UserRequestContext,
): Promise<Confirmation | Response> {
  const passkeys = await context.passkeys.list(c.var.user.id)
  const passkey = passkeys.find(({ id }) => id === c.req.param('id'))
  if (passkey === undefined) return respondWithProblem(context, c, noSuchPasskey)
  return {
    title: 'Keep a passkey',
    effect: `Passkey \u201c${passkey.name}\u201d can be used to sign in again. Keep it only if you never lent it to anyone.`,
    button: 'Keep this passkey',
    section: passkeysPath,
  }
}

async function keep(context: PasskeysContext, c: UserRequestContext): Promise<Response> {
  const name = await context.passkeys.keep(referenceIn(c))
  if (name === null) return respondWithProblem(context, c, noSuchPasskey)
  // A new secret, as after any change of credentials (CS-SM-6).
  await c.var.exchange.rotate()
  const message = `Passkey \u201c${name}\u201d can be used again.`
  return redirectWithFlash(context, c, { message, to: passkeysPath })
}

function referenceIn(c: UserRequestContext): PasskeyReference {
  const { user, session, exchange } = c.var
  return {
    ...{ user, id: c.req.param('id') ?? '', sessionId: session?.id ?? null },
    ...exchange.client,
  }
}

/** The same for a passkey of another user and an unknown id. */
const noSuchPasskey: Problem = {
  status: 404,
  code: 'not_found',
  message: 'You have no such passkey. You may have removed it already.',
}
