import type { Clock } from 'coatcheck'
import { Secret, TOTP } from 'otpauth'
import { nodeSecrets } from '../../src/adapters/crypto/secrets.ts'
import type { User } from '../../src/domain/user.ts'
import { aBrowser, type Browser } from './browser.ts'
import type { Account, TestApp } from './open-app.ts'
import type { TestResponse } from './send.ts'
import { codeOtherThan } from './wrong-code.ts'

/**
 * Adds an authenticator directly to the database, and returns its id. It counts as a second factor, but its key cannot
 * be decrypted, so it creates no valid code.
 */
export async function addAuthenticator(
  { storage, clock }: Pick<TestApp, 'storage'> & { readonly clock: Clock },
  userId: string,
): Promise<string> {
  const id = nodeSecrets.id()
  const isSqlite = storage.kind === 'sqlite'
  const key = isSqlite ? `x'00'` : `'\\x00'`
  const instant = isSqlite ? `${clock.now()}` : `to_timestamp(${clock.now() / 1000})`
  await storage.query(`INSERT INTO authenticators
    (id, user_id, name, encrypted_key, key_id, last_step, created_at)
    VALUES ('${id}', '${userId}', 'Phone', ${key}, 'k', 0, ${instant})`)
  return id
}

/** An authenticator app of a user. */
export interface TestAuthenticator {
  /** The code of the current time step. Each is accepted once: `app.clock.advance(30_000)` creates the next. */
  code(): string
  /** Six digits that are the code of no accepted time step. */
  wrongCode(): string
}

/** Adds an authenticator to the account, as its settings page does, and an email about it. */
export async function enrollAuthenticator(app: TestApp, user: User): Promise<TestAuthenticator> {
  const { authenticators } = app.features
  const binding = { user, sessionId: 'test' }
  const begun = await authenticators.beginEnrollment(binding)
  if (begun.status !== 'begun') throw new Error(`The enrollment was answered ${begun.status}.`)
  const { token, key } = begun.enrollment
  const totp = new TOTP({ secret: Secret.fromBase32(key) })
  // The code of the previous time step, so that the current one can still be used.
  const code = totp.generate({ timestamp: app.clock.now() - 30_000 })
  const client = { ipAddress: null, userAgent: null }
  const result = await authenticators.activate({ ...binding, token, code, name: 'Phone', client })
  if (result.status !== 'added') throw new Error(`The activation was answered ${result.status}.`)
  // It ended pending sign-ins up to this instant.
  app.clock.advance(1)
  const codeAfter = (milliseconds: number) =>
    totp.generate({ timestamp: app.clock.now() + milliseconds })
  return {
    code: () => codeAfter(0),
    wrongCode: () => codeOtherThan(codeAfter(-30_000), codeAfter(0)),
  }
}

/** An account with an authenticator. */
export async function anAccountWithAuthenticator(app: TestApp, email?: string) {
  const account = await app.account(email)
  const authenticator = await enrollAuthenticator(app, account)
  // A sign-in at the instant of the change is refused.
  app.clock.advance(1)
  return { account: { ...account, secondFactors: 1 }, authenticator }
}

/** Completes the second step of the browser with the current code. */
export function sendCode(
  browser: Browser,
  authenticator: TestAuthenticator,
  fields: Readonly<Record<string, string>> = {},
): Promise<TestResponse> {
  const form = { method: 'authenticator', code: authenticator.code(), ...fields }
  return browser.submit('/login/second-factor', form)
}

export interface Owner {
  readonly account: Account
  readonly authenticator: TestAuthenticator
}

/** A browser that the user trusts, signed out. */
export async function aTrustedBrowser(
  app: TestApp,
  { account, authenticator }: Owner,
): Promise<Browser> {
  const browser = aBrowser(app)
  await browser.signIn(account)
  const done = await sendCode(browser, authenticator, { trust_browser: 'on' })
  if (done.location !== '/dashboard') throw new Error(`The code was answered ${done.status}.`)
  await browser.submit('/logout', {}, { on: '/dashboard' })
  app.clock.advance(30_000)
  return browser
}
