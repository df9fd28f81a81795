import { describe, expect, it } from 'vitest'
import { aBrowser, textOf } from './support/browser.ts'
import { type Account, openApp, type TestApp } from './support/open-app.ts'
import {
  anAccountWithAuthenticator,
  sendCode,
  type TestAuthenticator,
} from './support/second-factors.ts'
import { databases, openStorage, type Storage } from './support/storage.ts'

const [oldKey, newKey] = ['o7Zq2vXw9RtYb4Nc8Lm3Hd6Jf1Gs5Ap0', 'n9wXe7rCt5vBy3nMu1kLo8jHp6gFd4sQ']

const path = '/settings/authenticators'

/** The app with these secret keys, newest first. */
const openWith = (storage: Storage, ...keys: readonly string[]) =>
  openApp(storage, { env: { SECRET_KEYS: keys.join(',') } })

/** Both steps of a sign-in. Returns the response to the code. */
async function signIn(app: TestApp, account: Account, authenticator: TestAuthenticator) {
  const browser = aBrowser(app)
  const first = await browser.signIn(account)
  expect([first.status, first.location]).toEqual([303, '/login/second-factor'])
  const answer = await sendCode(browser, authenticator)
  return { browser, answer }
}

async function keyIds(storage: Storage): Promise<readonly unknown[]> {
  return storage.query('SELECT DISTINCT key_id FROM authenticators')
}

describe.each(databases)('authenticators on %s', (kind) => {
  it('work with new secret keys, and with these alone after they were re-encrypted (V13.3.4)', async () => {
    await using storage = await openStorage(kind)
    await using before = await openWith(storage, oldKey)
    const { account, authenticator } = await anAccountWithAuthenticator(before)
    const { clock } = before
    const oldIds = await keyIds(storage)

    await using during = await openApp(storage, {
      env: { SECRET_KEYS: `${newKey},${oldKey}` },
      clock,
    })
    expect((await signIn(during, account, authenticator)).answer.status).toBe(303)
    await during.features.authenticators.renewKeys()
    expect(during.log().map(({ msg }) => msg)).toContain(
      'encrypted the keys of authenticators with the newest secret key',
    )
    expect(await keyIds(storage)).not.toEqual(oldIds)

    await using after = await openApp(storage, { env: { SECRET_KEYS: newKey }, clock })
    clock.advance(30_000)
    expect((await signIn(after, account, authenticator)).answer.status).toBe(303)
  })

  it('let no one in if their secret key is lost, and the log names it', async () => {
    await using storage = await openStorage(kind)
    await using before = await openWith(storage, oldKey)
    const { account, authenticator } = await anAccountWithAuthenticator(before)
    const signedIn = await aBrowserOf(before, account, authenticator)
    const [lost] = await keyIds(storage)

    const { clock } = before
    await using after = await openApp(storage, { env: { SECRET_KEYS: newKey }, clock })
    clock.advance(30_000)
    const { answer, browser } = await signIn(after, account, authenticator)
    expect([answer.status, browser.sessionCookie()]).toEqual([401, ''])
    await after.features.authenticators.renewKeys()
    const { key_id } = lost as { readonly key_id: string }
    const errors = after.log().filter(({ keyId }) => keyId === key_id)
    expect(errors.map(({ msg }) => msg)).toEqual([
      'secret key of an authenticator is missing',
      'secret key of authenticators is missing; they accept no code',
    ])
    expect(JSON.stringify(errors)).not.toContain(oldKey)

    // Sessions do not depend on the secret keys. Their page says what to do.
    const visitor = aBrowser(after)
    for (const [name, value] of signedIn.cookies) visitor.cookies.set(name, value)
    expect(textOf(await visitor.open(path))).toContain('Cannot be used')
  })

  it('accept no code with the key of another row (V11.3.3)', async () => {
    await using storage = await openStorage(kind)
    await using app = await openApp(storage)
    const ann = await anAccountWithAuthenticator(app)
    const bob = await anAccountWithAuthenticator(app)
    const keyOf = ({ account }: typeof ann) =>
      `(SELECT encrypted_key FROM authenticators WHERE user_id = '${account.id}')`
    await storage.query(
      `UPDATE authenticators SET encrypted_key = ${keyOf(bob)} WHERE user_id = '${ann.account.id}'`,
    )
    for (const { authenticator } of [bob, ann]) {
      const { answer, browser } = await signIn(app, ann.account, authenticator)
      expect([answer.status, browser.sessionCookie()]).toEqual([401, ''])
    }
    expect((await signIn(app, bob.account, bob.authenticator)).answer.status).toBe(303)
    expect(app.log().map(({ msg }) => msg)).toContain('authenticator was modified')
  })
})

async function aBrowserOf(app: TestApp, account: Account, authenticator: TestAuthenticator) {
  const { browser, answer } = await signIn(app, account, authenticator)
  expect(answer.status).toBe(303)
  return browser
}
