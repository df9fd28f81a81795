import { Secret, TOTP } from 'otpauth'
import { nodeSecrets } from '../../../src/adapters/crypto/secrets.ts'
import type { User } from '../../../src/domain/user.ts'
import { issuer } from './fake-provider.ts'
import { createPageClient, type PageClient } from './page-client.ts'
import type { SequenceApp } from './sequence-app.ts'

/** What a browser has shown: the password, an account at the provider, or a second factor. */
export type Shown = 'password' | 'provider' | 'factor'

/** A browser, and what its user has shown in it by presenting a secret that was correct at that moment. */
export interface BrowserModel {
  readonly client: PageClient
  /** In the sign-in between its steps; `null` without one. */
  pending: {
    readonly shown: Set<Shown>
    readonly since: number
    readonly providerTime?: number
  } | null
  /** In each session that was created in this browser. */
  readonly sessions: Map<string, Set<Shown>>
  /** When the user last authenticated at the provider, as it stated and the app may count, by session. */
  readonly providerTimes: Map<string, number>
  isTrusted: boolean
}

export interface AuthenticatorModel {
  readonly id: string
  readonly totp: TOTP
}

/** One user with two browsers, and the secrets that are correct now. */
export interface World {
  readonly app: SequenceApp
  readonly userId: string
  readonly email: string
  /** Of the account at the provider. */
  readonly subject: string
  password: string
  authenticators: readonly AuthenticatorModel[]
  removed: readonly AuthenticatorModel[]
  codes: readonly string[]
  usedCodes: readonly string[]
  /** The code of an authenticator that was accepted last. */
  usedCode: string
  readonly browsers: readonly [BrowserModel, BrowserModel]
}

let worlds = 0

export async function createWorld(app: SequenceApp): Promise<World> {
  worlds += 1
  const email = `user-${worlds}@users.test`
  const password = `violet tram ${nodeSecrets.id()}`
  const { persistence, passwordHasher } = app.running()
  const hashed = await passwordHasher.hash(password, null)
  if (hashed.status === 'busy') throw new Error('The hasher is busy.')
  const userId = nodeSecrets.id()
  const user = {
    id: userId,
    email,
    createdAt: app.clock.now(),
    isOperator: false,
    hasPassword: true,
    passwordVersion: 0,
    passwordChangedBySession: null,
    passwordChangedAt: null,
    passwordResets: 0,
    secondFactors: 0,
  }
  await persistence.users.add({ user, passwordHash: hashed.hash })
  const subject = `subject-${worlds}`
  const identity = { id: userId, userId, provider: 'oidc', issuer, subject, email: null } as const
  const times = { createdAt: app.clock.now(), lastUsedAt: null }
  await persistence.identities.add({ ...identity, ...times }, { max: 1, passwordVersion: 0 })
  const nothing = { authenticators: [], removed: [], codes: [], usedCodes: [], usedCode: '' }
  const browsers = [createBrowser(app, 1), createBrowser(app, 2)] as const
  return { app, userId, email, subject, password, ...nothing, browsers }
}

function createBrowser(app: SequenceApp, n: number): BrowserModel {
  // Each world has addresses of its own, so that failures of one do not delay another.
  const ipAddress = `10.${(worlds >> 8) & 255}.${worlds & 255}.${n}`
  const client = createPageClient((request, ip) => app.running().send(request, ip), ipAddress)
  return { client, pending: null, sessions: new Map(), providerTimes: new Map(), isTrusted: false }
}

export async function userOf({ app, userId }: World): Promise<User> {
  const user = await app.running().persistence.users.find(userId)
  if (user === null) throw new Error('The user is missing.')
  return user
}

/** A change of password or factors ends sign-ins between their steps, and the trust in browsers. */
export function endTrust({ browsers }: World): void {
  for (const browser of browsers) {
    browser.pending = null
    browser.isTrusted = false
  }
}

const noClient = { ipAddress: null, userAgent: null }
const step = 30_000

/** The next time step, whose code was not used. */
export function freshCode({ app }: World, { totp }: AuthenticatorModel): string {
  app.clock.advance(step)
  return totp.generate({ timestamp: app.clock.now() })
}

export async function addAuthenticator(world: World): Promise<void> {
  const { authenticators } = world.app.running().features
  const binding = { user: await userOf(world), sessionId: 'sequence' }
  const begun = await authenticators.beginEnrollment(binding)
  if (begun.status !== 'begun') return
  const totp = new TOTP({ secret: Secret.fromBase32(begun.enrollment.key) })
  const before = await listIds(world)
  const { token } = begun.enrollment
  const code = freshCode(world, { id: '', totp })
  const name = `App ${before.size}`
  const result = await authenticators.activate({ ...binding, token, code, name, client: noClient })
  if (result.status !== 'added') return
  const [id = ''] = [...(await listIds(world))].filter((each) => !before.has(each))
  world.authenticators = [...world.authenticators, { id, totp }]
  endTrust(world)
}

async function listIds({ app, userId }: World): Promise<ReadonlySet<string>> {
  const { factors } = await app.running().persistence.factors.list(userId)
  return new Set(factors.map(({ id }) => id))
}

export async function removeAuthenticator(world: World): Promise<void> {
  const [first, ...others] = world.authenticators
  if (first === undefined) return
  const { manageFactors } = world.app.running().features
  const factor = { kind: 'authenticator', id: first.id } as const
  const user = await userOf(world)
  const result = await manageFactors.remove({ user, factor, sessionId: null, ...noClient })
  if (result !== 'removed') throw new Error(`The removal was answered ${result}.`)
  world.authenticators = others
  world.removed = [...world.removed, first]
  if (others.length === 0) endCodes(world, [])
  endTrust(world)
}

export async function createCodes(world: World): Promise<void> {
  const { recoveryCodes } = world.app.running().features
  const request = { user: await userOf(world), client: noClient, sessionId: null }
  const result = await recoveryCodes.create(request)
  if (result.status !== 'created') return
  endCodes(world, result.codes)
  endTrust(world)
}

/** New codes, or the removal of the last factor, end the codes of before. */
function endCodes(world: World, codes: readonly string[]): void {
  world.usedCodes = [...world.usedCodes, ...world.codes]
  world.codes = codes
}

export async function resetPassword(world: World): Promise<void> {
  const { features, persistence } = world.app.running()
  const token = nodeSecrets.code()
  const createdAt = world.app.clock.now()
  const expiresAt = createdAt + 3_600_000
  const purpose = 'reset-password'
  const hash = nodeSecrets.hash(token)
  const times = { createdAt, expiresAt, verifiesEmail: true }
  await persistence.emailTokens.add({ hash, purpose, email: world.email, ...times })
  const password = `lantern gravel ${nodeSecrets.id()}`
  const attempt = { token, ipAddress: null, counts: false, password, devices: [] }
  const result = await features.passwords.reset(attempt)
  if (result.status !== 'reset') return
  world.password = password
  endTrust(world)
}
