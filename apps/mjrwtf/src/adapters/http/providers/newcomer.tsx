import { isResponse } from 'coatcheck/http'
import type { Hono } from 'hono'
import type { Accounts } from '../../../application/accounts/accounts.ts'
import type { Identities } from '../../../application/identities/identities.ts'
import type { User } from '../../../domain/user.ts'
import {
  addFormPage,
  type FormContext,
  type RejectedForm,
  rejectForNow,
} from '../forms/form-page.ts'
import { defineForm } from '../forms/forms.ts'
import type { AppEnv, RequestContext } from '../http-context.ts'
import { visitorRoutes } from '../middleware/guards.ts'
import { logSecurityEvent } from '../reporting/log-security-event.ts'
import { frameOf } from '../responses/page.ts'
import { redirectAfterCredentials } from '../responses/redirects.ts'
import { type EstablishSessionContext, establishSession } from '../sign-in/establish-session.ts'
import { confirmLinkPath } from './connected-accounts-page.tsx'
import { NewcomerPage, newcomerPath } from './newcomer-page.tsx'
import {
  clearPresentedIdentity,
  type KeptIdentity,
  readPresentedIdentity,
} from './presented-identity-cookie.ts'

export interface NewcomerContext extends FormContext, EstablishSessionContext {
  readonly accounts: FormContext['accounts'] & Pick<Accounts, 'maySignUp'>
  readonly identities: EstablishSessionContext['identities'] &
    Pick<Identities, 'optionsOf' | 'signUp' | 'nameOf'>
}

/**
 * The page after a visit whose identity no user has. A new user creates an account there, with a button; the visit alone
 * creates none. Others sign in first, and then link the identity.
 */
export function addNewcomerRoutes(app: Hono<AppEnv>, context: NewcomerContext): void {
  addFormPage(visitorRoutes(app, context), context, {
    path: newcomerPath,
    form: defineForm({}),
    render: (c, { problem }) => renderNewcomer(context, c, problem),
    submit: (c) => signUp(context, c),
  })
}

/** The identity of the browser, or a redirect. Signed-in users can only link it. */
async function keptIdentity(
  context: NewcomerContext,
  c: RequestContext,
): Promise<KeptIdentity | Response> {
  if (c.var.viewer) return redirectAfterCredentials(context, c, confirmLinkPath)
  return readPresentedIdentity(c) ?? startAgain(context, c)
}

async function startAgain(context: NewcomerContext, c: RequestContext): Promise<Response> {
  const message = 'This took more than 15 minutes, or was completed already. Please start again.'
  await c.var.exchange.flash({ kind: 'error', message })
  return redirectAfterCredentials(context, c, '/login')
}

async function renderNewcomer(context: NewcomerContext, c: RequestContext, problem: string | null) {
  const kept = await keptIdentity(context, c)
  if (isResponse(kept)) return kept
  const { presented, invite } = kept
  const mayUsePassword = await context.accounts.maySignUp(invite)
  const query = invite === null ? '' : `?invite=${encodeURIComponent(invite)}`
  return (
    <NewcomerPage
      frame={await frameOf(context, c, { hasForm: true })}
      provider={context.identities.nameOf(presented.provider)}
      email={presented.email}
      options={await context.identities.optionsOf({ presented, invite })}
      signUpPath={mayUsePassword ? `/signup${query}` : null}
      problem={problem}
    />
  )
}

async function signUp(
  context: NewcomerContext,
  c: RequestContext,
): Promise<Response | RejectedForm> {
  const kept = await keptIdentity(context, c)
  if (isResponse(kept)) return kept
  const { ipAddress } = c.var.exchange.client
  const result = await context.identities.signUp({ ...kept, ipAddress })
  switch (result.status) {
    case 'created':
      return welcome(context, c, { user: result.user, kept })
    case 'throttled':
      logSecurityEvent(context, c, { event: 'sign-up-failed', reason: 'throttled' })
      return rejectForNow(result)
    case 'identity-in-use':
      clearPresentedIdentity(c)
      return startAgain(context, c)
    case 'sign-up-closed':
      logSecurityEvent(context, c, { event: 'sign-up-failed', reason: 'closed' })
  }
  // The page says what is possible now.
  return { status: 'rejected', httpStatus: 409, problem: 'No account was created.' }
}

interface NewAccount {
  readonly user: User
  readonly kept: KeptIdentity
}

async function welcome(
  context: NewcomerContext,
  c: RequestContext,
  { user, kept: { presented } }: NewAccount,
): Promise<Response> {
  logSecurityEvent(context, c, { event: 'account-created', userId: user.id })
  clearPresentedIdentity(c)
  const { issuer, subject, sid, startedAt } = presented
  // Of now, also if the provider stated no time: the account is new, and its user may add a passkey or a password at once.
  const methods = presented.methods.map(({ method }) => method)
  const message = `Welcome to ${context.options.site.name}. Your account is ready.`
  const signIn = { methods, flash: { kind: 'success', message } } as const
  const identity = { issuer, subject, sid, startedAt }
  await establishSession(context, c, { user, signIn, identity })
  return redirectAfterCredentials(context, c, '/dashboard')
}
