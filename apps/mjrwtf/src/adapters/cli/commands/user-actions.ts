import type {
  CreateResetLinkResult,
  ResetLink,
} from '../../../application/operator/onboard-user.ts'
import type { SuspensionReason } from '../../../domain/suspension.ts'
import { noAccount } from '../arguments.ts'
import type { CliContext } from '../cli-context.ts'
import { CliError } from '../cli-error.ts'

export async function createUser(context: CliContext, email: string) {
  const result = await context.withFeatures(({ shellOperator }) => shellOperator.createUser(email))
  switch (result.status) {
    case 'created': {
      const printed = printedLink(context, result.link)
      return {
        data: { email: result.email, ...printed },
        text: `Created: ${result.email}. To set the first password, once, until ${printed.expires_at}:\n${printed.url}`,
      }
    }
    case 'invalid-email':
      throw new CliError(`mjrwtf: ${email} is not a valid email`, { exitCode: 2 })
    case 'email-unavailable':
      throw new CliError(`An account with the email ${email} exists. Nothing was changed.`)
    case 'no-operator':
      throw new CliError('There is no administrator yet. Start the server and open /setup first.')
  }
}

export async function createResetLink(context: CliContext, email: string) {
  const result = await context.withFeatures(({ shellOperator }) =>
    shellOperator.createResetLink({ email }),
  )
  if (result.status === 'not-found') throw noAccount(email)
  if (result.status === 'suspended') {
    throw new CliError(`${email} is suspended. Restore the account first: mjrwtf user restore`)
  }
  const printed = printedLink(context, result.link)
  return {
    data: { email: result.user.email, ...printed },
    text: `For ${result.user.email}, once, until ${printed.expires_at}. ${factorsHint(result)}\n${printed.url}`,
  }
}

function printedLink({ baseUrl }: CliContext, { token, expiresAt }: ResetLink) {
  const url = `${baseUrl()}/reset?token=${encodeURIComponent(token)}`
  return { url, expires_at: new Date(expiresAt).toISOString() }
}

/** Second factors stay. Someone else may have added them, to an account whose email no one has verified. */
function factorsHint({ user }: Extract<CreateResetLinkResult, { readonly status: 'created' }>) {
  if (user.secondFactors === 0) return 'The account has no second factor.'
  return `The account keeps its second factors (${user.secondFactors}): if they are lost or not the user's, run remove-factors.`
}

export async function removeUser(
  { withFeatures, confirm }: CliContext,
  email: string,
  isConfirmed: boolean,
) {
  return withFeatures(async ({ shellOperator, accounts }) => {
    const user = await shellOperator.findUser(email)
    if (user === null) throw noAccount(email)
    const confirmation = isConfirmed
      ? user.email
      : await confirm(`Delete ${user.email} with all links for good? Type the email: `)
    if (confirmation === null) {
      throw new CliError('mjrwtf: not a terminal: confirm with --yes', { exitCode: 2 })
    }
    const result = await accounts.delete({ user, confirmation })
    if (result.status === 'not-confirmed') throw new CliError('Not the email. Nothing was changed.')
    if (result.status === 'others-remain') {
      throw new CliError(
        `${user.email} is an administrator. Withdraw the role first: mjrwtf user demote`,
      )
    }
    if (result.status === 'not-found') throw noAccount(email)
    return {
      data: { email: user.email },
      text: `Deleted: ${user.email}. Its links answer 410; the running server removes the rest of its data.`,
    }
  })
}

export async function suspendUser(
  { withFeatures }: CliContext,
  email: string,
  reason: SuspensionReason,
) {
  const result = await withFeatures(({ shellOperator }) =>
    shellOperator.suspendUser({ email }, reason),
  )
  if (result.status === 'not-found') throw noAccount(email)
  if (result.status === 'operator') {
    throw new CliError(
      `${email} is an administrator, who cannot be suspended. Withdraw the role first: mjrwtf user demote. The last administrator keeps it: set another password with the link of mjrwtf user reset-link, which ends all access`,
    )
  }
  const { user } = result
  const data = { email: user.email, status: result.status }
  if (result.status === 'already-suspended') {
    return { data, text: `${user.email} is suspended already. What was left has ended.` }
  }
  const sessions = `Sessions that ended: ${result.endedSessions}.`
  return {
    data: { ...data, ended_sessions: result.endedSessions },
    text: `Suspended: ${user.email}. ${sessions} Its links still redirect: take them down with mjrwtf link take-down.`,
  }
}

export async function restoreUser({ withFeatures }: CliContext, email: string) {
  const result = await withFeatures(({ shellOperator }) => shellOperator.restoreUser({ email }))
  if (result.status === 'not-found') throw noAccount(email)
  const { status, user } = result
  const text =
    status === 'restored'
      ? `Restored: ${user.email} can sign in. Access tokens and apps must be created and connected again.`
      : `${user.email} is not suspended. Nothing was changed.`
  return { data: { email: user.email, status }, text }
}

const promotionRefusals = {
  'already-operator': 'is an administrator already',
  suspended: 'is suspended: restore the account first',
  'no-strong-factor':
    'has no passkey and no authenticator app, which REQUIRE_SECOND_FACTOR demands (a phone is not enough): the user adds one in the settings first',
  'not-allowed': 'cannot be changed',
} as const

export async function promoteUser({ withFeatures }: CliContext, email: string) {
  const result = await withFeatures(({ shellOperator }) =>
    shellOperator.promoteUser({ email }, { by: null, isHandOver: false }),
  )
  if (result.status === 'not-found') throw noAccount(email)
  if (result.status !== 'promoted') {
    throw new CliError(`${email} ${promotionRefusals[result.status]}. Nothing was changed.`)
  }
  const { user } = result
  return {
    data: { email: user.email },
    text: `${user.email} is an administrator now, and signs in again. Other administrators keep the role: mjrwtf user demote withdraws it.`,
  }
}

const demotionRefusals = {
  'not-operator': 'is not an administrator',
  'last-operator': 'is the last administrator: promote another account first',
  'not-allowed': 'cannot be changed',
} as const

export async function demoteUser({ withFeatures }: CliContext, email: string) {
  const result = await withFeatures(({ shellOperator }) =>
    shellOperator.demoteUser({ email }, null),
  )
  if (result.status === 'not-found') throw noAccount(email)
  if (result.status !== 'demoted') {
    throw new CliError(`${email} ${demotionRefusals[result.status]}. Nothing was changed.`)
  }
  const { user } = result
  return { data: { email: user.email }, text: `${user.email} is a user like others now.` }
}

export async function unlockUser({ withFeatures }: CliContext, email: string) {
  await withFeatures(({ signIn }) => signIn.unlockAccount(email))
  // The same message whether or not the account exists: failures are counted per email.
  return { data: { email }, text: `Unlocked: failed sign-ins for ${email} were reset.` }
}

export async function removeFactors({ withFeatures }: CliContext, email: string) {
  const result = await withFeatures(({ removeFactorsNow }) => removeFactorsNow(email))
  if (result.status === 'not-found') throw noAccount(email)
  const { user, count } = result
  return {
    data: { email: user.email, removed: count },
    text: `Removed: ${user.email} has no second factor anymore (before: ${count}). The password is unchanged.`,
  }
}
