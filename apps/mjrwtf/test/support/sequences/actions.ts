import { codeOtherThan } from '../wrong-code.ts'
import type { BrowserModel, Shown, World } from './world.ts'
import {
  addAuthenticator,
  createCodes,
  freshCode,
  removeAuthenticator,
  resetPassword,
  userOf,
} from './world.ts'

/** What a user or an attacker presents as the second factor. Only the first two are correct. */
export const presentedFactors = [
  'code',
  'recovery-code',
  'used code',
  'used recovery-code',
  'code of a removed authenticator',
  'wrong code',
] as const

export type PresentedFactor = (typeof presentedFactors)[number]

/** The `auth_time` that the provider states. Only the first confirms that it is the user. */
export const presentedTimes = ['now', 'before the visit', 'in the future', 'none'] as const

export type PresentedTime = (typeof presentedTimes)[number]

interface ProviderAction {
  readonly kind: 'provider-sign-in' | 'provider-confirm'
  readonly browser: 0 | 1
  /** Whether the account at the provider is that of the user. */
  readonly isOwn: boolean
  readonly time: PresentedTime
}

/** A step of a sequence. `browser` is 0 or 1. */
export type Action =
  | { readonly kind: 'sign-in'; readonly browser: 0 | 1; readonly isCorrect: boolean }
  | {
      readonly kind: 'second-step'
      readonly browser: 0 | 1
      readonly factor: PresentedFactor
      readonly trust: boolean
    }
  | {
      readonly kind: 'step-up'
      readonly browser: 0 | 1
      readonly isCorrect: boolean
      readonly factor: PresentedFactor | 'none'
    }
  | ProviderAction
  | { readonly kind: 'factor-alone'; readonly browser: 0 | 1 }
  | { readonly kind: 'use-pending-as-session'; readonly browser: 0 | 1 }
  | { readonly kind: 'visit' | 'sign-out'; readonly browser: 0 | 1 }
  | { readonly kind: 'advance'; readonly seconds: number }
  | {
      readonly kind:
        | 'add-authenticator'
        | 'remove-authenticator'
        | 'create-codes'
        | 'reset-password'
        | 'end-all'
        | 'restart'
    }

export const sessionCookie = 'session-dev'
const pendingCookie = 'session-pending-dev'
const pendingLifetime = 600_000
const minute = 60_000

/** Runs the step, and records what was shown by it. */
export async function runAction(world: World, action: Action): Promise<void> {
  if (action.kind === 'sign-in') return signIn(world, action)
  if (action.kind === 'second-step') return secondStep(world, action)
  if (action.kind === 'step-up') return stepUp(world, action)
  if (action.kind === 'provider-sign-in') return providerSignIn(world, action)
  if (action.kind === 'provider-confirm') return providerConfirm(world, action)
  if (action.kind === 'factor-alone') return factorAlone(world, action.browser)
  if (action.kind === 'use-pending-as-session') return usePendingAsSession(world, action.browser)
  if (action.kind === 'visit') return visit(world, action.browser)
  if (action.kind === 'sign-out') return signOut(world, action.browser)
  if (action.kind === 'advance') return world.app.clock.advance(action.seconds * 1_000)
  return runUserAction(world, action.kind)
}

type UserAction = Exclude<
  Action,
  { readonly browser: 0 | 1 } | { readonly seconds: number }
>['kind']

function runUserAction(world: World, kind: UserAction): Promise<void> {
  const actions: Readonly<Record<UserAction, () => Promise<void>>> = {
    'add-authenticator': () => addAuthenticator(world),
    'remove-authenticator': () => removeAuthenticator(world),
    'create-codes': () => createCodes(world),
    'reset-password': () => resetPassword(world),
    'end-all': () => endAll(world),
    restart: () => world.app.restart(),
  }
  return actions[kind]()
}

type ActionOf<Kind extends Action['kind']> = Extract<Action, { readonly kind: Kind }>

async function signIn(world: World, { browser, isCorrect }: ActionOf<'sign-in'>): Promise<void> {
  // An instant of its own: a change of factors rejects passwords that were checked up to its instant.
  world.app.clock.advance(1)
  const model = world.browsers[browser]
  const password = isCorrect ? world.password : 'not the password'
  if (isCorrect) {
    model.pending = { shown: new Set<Shown>(['password']), since: world.app.clock.now() }
  }
  await model.client.submit('/login', { email: world.email, password })
}

function answerOf(world: World, { isOwn, time }: ProviderAction) {
  const now = world.app.clock.now()
  const times = {
    now,
    'before the visit': now - 2 * minute,
    'in the future': now + 2 * minute,
    none: null,
  }
  return { subject: isOwn ? world.subject : 'another subject', authenticatedAt: times[time] }
}

async function providerSignIn(world: World, action: ProviderAction): Promise<void> {
  world.app.clock.advance(1)
  const model = world.browsers[action.browser]
  const answer = answerOf(world, action)
  if (action.isOwn) {
    const since = world.app.clock.now()
    const providerTime = Math.min(answer.authenticatedAt ?? 0, since)
    model.pending = { shown: new Set<Shown>(['provider']), since, providerTime }
  }
  world.app.provider.answer(answer)
  await model.client.open('/login/oidc')
  await model.client.open(world.app.provider.callback())
}

async function providerConfirm(world: World, action: ProviderAction): Promise<void> {
  const model = world.browsers[action.browser]
  const answer = answerOf(world, action)
  const id = sessionIdOf(model)
  world.app.provider.answer(answer)
  const { status, location } = await model.client.open('/reauthenticate/with/oidc')
  // Without a session it asks to sign in.
  if (status !== 303 || location.startsWith('/login')) return
  if (action.isOwn && action.time === 'now') {
    model.sessions.get(id)?.add('provider')
    model.providerTimes.set(id, world.app.clock.now())
  }
  await model.client.open(world.app.provider.callback())
}

/** A code without the password: enough only after a recent sign-in at the provider. */
async function factorAlone(world: World, browser: 0 | 1): Promise<void> {
  const model = world.browsers[browser]
  const presented = present(world, 'code')
  const id = sessionIdOf(model)
  const isRecent = world.app.clock.now() - (model.providerTimes.get(id) ?? 0) < 15 * minute
  if (presented.isCorrect && isRecent) model.sessions.get(id)?.add('factor')
  const { method, code } = presented
  const fields = { method, code, password: '' }
  const answer = await model.client.submit('/reauthenticate', fields, '/settings/account')
  const isAccepted = answer.status === 303 && answer.location === '/dashboard'
  if (isAccepted && presented.isCorrect) markUsed(world, presented)
}

interface Presented {
  readonly code: string
  readonly method: 'authenticator' | 'recovery-code'
  readonly isCorrect: boolean
}

function wrongCode({ app, authenticators }: World): string {
  const times = [-30_000, 0].map((after) => app.clock.now() + after)
  const codes = authenticators.flatMap(({ totp }) =>
    times.map((timestamp) => totp.generate({ timestamp })),
  )
  return codeOtherThan(...codes)
}

function present(world: World, factor: PresentedFactor): Presented {
  const [authenticator] = world.authenticators
  const [removed] = world.removed
  const [unused = ''] = world.codes
  const wrong = { code: wrongCode(world), method: 'authenticator', isCorrect: false } as const
  if (factor === 'recovery-code') {
    return { code: unused, method: 'recovery-code', isCorrect: unused !== '' }
  }
  if (factor === 'used recovery-code') {
    return { code: world.usedCodes.at(-1) ?? '', method: 'recovery-code', isCorrect: false }
  }
  if (factor === 'used code') return { ...wrong, code: world.usedCode }
  if (factor === 'code' && authenticator !== undefined) {
    return { ...wrong, code: freshCode(world, authenticator), isCorrect: true }
  }
  if (factor === 'code of a removed authenticator' && removed !== undefined) {
    return { ...wrong, code: freshCode(world, removed) }
  }
  return wrong
}

/** After the program has accepted a factor: it must not accept the same code again. */
function markUsed(world: World, { code, method }: Presented): void {
  if (method === 'authenticator') world.usedCode = code
  else {
    world.codes = world.codes.filter((each) => each !== code)
    world.usedCodes = [...world.usedCodes, code]
  }
}

async function secondStep(world: World, action: ActionOf<'second-step'>): Promise<void> {
  const model = world.browsers[action.browser]
  const presented = present(world, action.factor)
  const { app } = world
  const isOpen = model.pending !== null && app.clock.now() - model.pending.since < pendingLifetime
  if (!isOpen) model.pending = null
  if (presented.isCorrect) model.pending?.shown.add('factor')
  const { method, code } = presented
  const trust: Record<string, string> = action.trust ? { trust_browser: 'on' } : {}
  const path = `/login/second-factor?method=${method}`
  const fields = { method, code, ...trust }
  const answer = await model.client.submit('/login/second-factor', fields, path)
  if (!model.client.cookies.has(pendingCookie) && answer.status === 303 && isOpen) {
    markUsed(world, presented)
    if (action.trust) model.isTrusted = true
  }
}

async function stepUp(world: World, action: ActionOf<'step-up'>): Promise<void> {
  const model = world.browsers[action.browser]
  const shown = model.sessions.get(sessionIdOf(model))
  const presented = action.factor === 'none' ? null : present(world, action.factor)
  const hasFactors = world.authenticators.length > 0
  // A wrong part shows nothing, whatever the other one is. Without a second factor there is only one part.
  if (action.isCorrect && (presented?.isCorrect !== false || !hasFactors)) {
    shown?.add('password')
    if (presented?.isCorrect === true) shown?.add('factor')
  }
  const password = action.isCorrect ? world.password : 'not the password'
  const fields = presented === null ? {} : { method: presented.method, code: presented.code }
  const path = `/reauthenticate${presented === null ? '' : `?method=${presented.method}`}`
  const answer = await model.client.submit('/reauthenticate', { password, ...fields }, path)
  const { secondFactors } = await userOf(world)
  const isAccepted = answer.status === 303 && answer.location === '/dashboard'
  if (isAccepted && presented !== null && secondFactors > 0) markUsed(world, presented)
}

/** The credential of a sign-in between its steps, where a session cookie belongs. */
async function usePendingAsSession(world: World, browser: 0 | 1): Promise<void> {
  const { client } = world.browsers[browser]
  const value = client.cookies.get(pendingCookie)
  const other = client.cookies.get(sessionCookie)
  if (value === undefined) return
  client.cookies.set(sessionCookie, value)
  const { status } = await client.open('/api/session')
  if (status !== 401) throw new Error(`A pending sign-in was answered as a session: ${status}.`)
  if (other === undefined) client.cookies.delete(sessionCookie)
  else client.cookies.set(sessionCookie, other)
}

async function visit(world: World, browser: 0 | 1): Promise<void> {
  await world.browsers[browser].client.open('/dashboard')
}

async function signOut(world: World, browser: 0 | 1): Promise<void> {
  await world.browsers[browser].client.submit('/logout', {}, '/dashboard')
}

async function endAll(world: World): Promise<void> {
  const { ownSessions } = world.app.running().features
  await ownSessions.endAll({ userId: world.userId, except: null })
  for (const model of world.browsers) model.pending = null
}

export function sessionIdOf({ client }: BrowserModel): string {
  return client.cookies.get(sessionCookie)?.split('.')[0] ?? ''
}
