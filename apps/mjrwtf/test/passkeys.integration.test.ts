import { beforeEach, describe, expect, it } from 'vitest'
import { minute } from '../src/domain/time.ts'
import { aBrowser, aSignedInBrowser, type SignedInBrowser, textOf } from './support/browser.ts'
import type { TestApp } from './support/open-app.ts'
import {
  addPasskey,
  addPath,
  openPasskeyForm,
  sendPasskeyForm,
  signInWithPasskey,
} from './support/passkeys.ts'
import { enrollAuthenticator, sendCode } from './support/second-factors.ts'
import { aPasskey, type Changes, type SoftwarePasskey } from './support/software-authenticator.ts'
import { databases } from './support/storage.ts'
import { useApp } from './support/use-app.ts'

const path = '/settings/passkeys'
const secondStepPath = '/login/second-factor'

/** A user with a passkey. */
async function aUserWithPasskey(app: TestApp, traits: Parameters<typeof addPasskey>[2] = {}) {
  const browser = await aSignedInBrowser(app)
  const passkey = await addPasskey(app, browser, traits)
  return { browser, passkey, user: browser.account }
}

async function eventsOf(app: TestApp, { account }: SignedInBrowser): Promise<readonly string[]> {
  await app.flushSecurityEvents()
  const rows = await app.storage.query(
    `SELECT kind FROM security_events WHERE user_id = '${account.id}' ORDER BY at, kind`,
  )
  return rows.map((row) => ('kind' in row ? String(row.kind) : ''))
}

const emailsTo = (app: TestApp, { account }: SignedInBrowser) =>
  app.emails().filter(({ to }) => to === account.email)

const usedChallenges = async (app: TestApp) =>
  (await app.storage.query('SELECT * FROM used_challenges')).length

const isSignedIn = async (browser: Pick<SignedInBrowser, 'open'>) =>
  (await browser.open('/dashboard')).status === 200

describe.each(databases)('passkeys on %s', (kind) => {
  const opened = useApp(kind)
  // Failures of earlier tests no longer count for the IP address.
  beforeEach(() => opened().clock.advance(61 * minute))

  describe('registration', () => {
    it('adds a passkey that is listed, and notifies the user', async () => {
      const app = opened()
      const { browser } = await aUserWithPasskey(app, { name: 'Work laptop' })
      const page = textOf(await browser.open(path))
      expect(page).toContain('Passkey \u201cWork laptop\u201d added.')
      expect(page).toMatch(
        /Work laptop On one device only Added .* Last used Not since it was added/,
      )
      expect(page).toContain('Create recovery codes')
      expect(await eventsOf(app, browser)).toContain('second-factor-added')
      const [email] = emailsTo(app, browser)
      expect(JSON.stringify(email)).toContain('Work laptop')
    })

    it('names a passkey after its password manager or else the device, and shows that it is synced', async () => {
      const app = opened()
      const browser = await aSignedInBrowser(app)
      const aaguid = Buffer.from('d548826e79b4db40a3d811116f7e8349', 'hex')
      for (const changes of [{ aaguid }, {}]) {
        const form = await openPasskeyForm(browser, addPath)
        const synced = aPasskey({ origin: app.baseUrl, flags: { be: true, bs: true } })
        const response = synced.register(form.options, changes)
        await sendPasskeyForm(app, browser, { form, response })
      }
      const page = textOf(await browser.open(path))
      expect(page).toContain('Bitwarden Synced')
      expect(page).toContain('Firefox on Linux Synced')
    })

    it('lists the passkeys of the user for the authenticator', async () => {
      const app = opened()
      const { browser, passkey, user } = await aUserWithPasskey(app)
      const { options } = await openPasskeyForm(browser, addPath)
      expect(options).toMatchObject({
        user: { id: user.id, name: user.email },
        excludeCredentials: [{ id: passkey.id, transports: ['internal'] }],
      })
    })

    it('refuses the credential of another account and stores nothing', async () => {
      const app = opened()
      const { passkey } = await aUserWithPasskey(app)
      const other = await aSignedInBrowser(app)
      const form = await openPasskeyForm(other, addPath)
      const answer = await sendPasskeyForm(app, other, {
        form,
        response: passkey.register(form.options),
      })
      expect([answer.status, textOf(answer)]).toEqual([
        409,
        expect.stringContaining('This passkey belongs to another account.'),
      ])
      expect(await app.persistence.passkeys.list(other.account.id)).toEqual([])
      expect((await signInWithPasskey(app, aBrowser(app), { passkey })).status).toBe(401)
    })

    it('refuses a passkey that the user has already added', async () => {
      const app = opened()
      const { browser, passkey } = await aUserWithPasskey(app)
      const form = await openPasskeyForm(browser, addPath)
      const response = passkey.register(form.options)
      const answer = await sendPasskeyForm(app, browser, { form, response })
      expect([answer.status, textOf(answer)]).toEqual([
        409,
        expect.stringContaining('You have already added this passkey.'),
      ])
    })

    it('accepts a challenge once, whatever is registered with it', async () => {
      const app = opened()
      const browser = await aSignedInBrowser(app)
      const form = await openPasskeyForm(browser, addPath)
      const responses = Array.from({ length: 50 }, () =>
        aPasskey({ origin: app.baseUrl }).register(form.options),
      )
      const answers = await Promise.all(
        responses.map((response) => sendPasskeyForm(app, browser, { form, response })),
      )
      // Those that arrive after the first have to confirm with the new passkey.
      const added = answers.filter(({ location }) => location === path)
      expect(added.length).toBeLessThanOrEqual(1)
      expect(await app.persistence.passkeys.list(browser.account.id)).toHaveLength(1)
    })

    const mutations: Readonly<Record<string, Changes>> = {
      'another origin': { clientData: { origin: 'https://evil.example' } },
      'another challenge': { clientData: { challenge: 'A'.repeat(43) } },
      'an absent user': { flags: { up: false } },
      'an unknown attestation': { format: 'unknown' },
    }
    it.each(Object.entries(mutations))('stores nothing for %s', async (_name, changes) => {
      const app = opened()
      const browser = await aSignedInBrowser(app)
      const form = await openPasskeyForm(browser, addPath)
      const before = await app.fingerprint()
      const response = aPasskey({ origin: app.baseUrl }).register(form.options, changes)
      const answer = await sendPasskeyForm(app, browser, { form, response })
      expect([answer.status, textOf(answer)]).toEqual([
        400,
        expect.stringContaining('The passkey could not be verified.'),
      ])
      expect(await app.fingerprint()).toBe(before)
    })

    it('is limited, so that no user fills the table of used challenges', async () => {
      const app = opened()
      const browser = await aSignedInBrowser(app)
      const { id } = browser.account
      await Promise.all(Array.from({ length: 120 }, () => app.features.limits.passkeyUse(id)))
      const form = await openPasskeyForm(browser, addPath)
      const before = await usedChallenges(app)
      const response = aPasskey({ origin: app.baseUrl }).register(form.options)
      expect((await sendPasskeyForm(app, browser, { form, response })).status).toBe(429)
      expect(await usedChallenges(app)).toBe(before)
    })

    it('rejects a name that a list cannot show, and keeps the challenge for a better one', async () => {
      const app = opened()
      const browser = await aSignedInBrowser(app)
      const form = await openPasskeyForm(browser, addPath)
      const response = aPasskey({ origin: app.baseUrl }).register(form.options)
      const send = (name: string) =>
        sendPasskeyForm(app, browser, { form, response, input: { name } })
      expect((await send('x'.repeat(65))).status).toBe(400)
      expect((await send('Key')).status).toBe(303)
    })

    it('rejects a form without a response, and one that is too large', async () => {
      const app = opened()
      const browser = await aSignedInBrowser(app)
      const form = await openPasskeyForm(browser, addPath)
      const send = (response: string) => sendPasskeyForm(app, browser, { form, response })
      expect((await send('')).status).toBe(400)
      expect((await send('{}')).status).toBe(400)
      expect((await send('x'.repeat(300_000))).status).toBe(413)
    })
  })

  describe('sign-in', () => {
    it('needs no email and no password', async () => {
      const app = opened()
      const { passkey, user } = await aUserWithPasskey(app)
      const browser = aBrowser(app)
      const answer = await signInWithPasskey(app, browser, { passkey })
      expect([answer.status, answer.location]).toEqual([303, '/dashboard'])
      expect(textOf(await browser.open('/dashboard'))).toContain(`Welcome back, ${user.email}.`)
      const [listed] = await app.persistence.passkeys.list(user.id)
      expect(listed?.lastUsedAt).toBe(app.clock.now())
      const [session] = await app.features.ownSessions.list({
        userId: user.id,
        current: { id: '', lastActivityAt: 0 },
      })
      expect(session?.createdAt).toBe(app.clock.now())
    })

    it('has level 2 with user verification, and the session says how the user signed in', async () => {
      const app = opened()
      const { passkey } = await aUserWithPasskey(app)
      app.clock.advance(1)
      const browser = aBrowser(app)
      await signInWithPasskey(app, browser, { passkey })
      expect((await browser.send('/api/session')).json()).toMatchObject({
        session: {
          assurance_level: 2,
          methods: [{ method: 'swk' }, { method: 'user' }, { method: 'mfa' }],
        },
      })
    })

    it('without user verification asks for the password, and no other passkey (63B 3.1.7.2)', async () => {
      const app = opened()
      const { passkey, user } = await aUserWithPasskey(app)
      const authenticator = await enrollAuthenticator(app, user)
      const browser = aBrowser(app)
      const changes = { flags: { uv: false } }
      const answer = await signInWithPasskey(app, browser, { passkey, changes })
      expect([answer.status, answer.location]).toEqual([303, secondStepPath])
      // Two things that a thief may have are one factor.
      expect((await sendCode(browser, authenticator)).status).toBe(401)
      expect([browser.sessionCookie(), await isSignedIn(browser)]).toEqual(['', false])
      const page = await browser.open(secondStepPath)
      expect(textOf(page)).toContain('Enter your password to continue.')
      expect(page.body).not.toContain('data-passkey=')
      const fields = { method: 'password', password: user.password }
      expect((await browser.submit(secondStepPath, fields)).status).toBe(303)
      expect((await browser.send('/api/session')).json()).toMatchObject({
        session: { assurance_level: 2 },
      })
    })

    it('counts as one factor if only later uses verify the user: a stolen key may have got a new PIN', async () => {
      const app = opened()
      const owner = await aSignedInBrowser(app)
      const passkey = await addPasskey(app, owner, { flags: { uv: false } })
      expect(textOf(await owner.open(path))).toContain('Needs a second step')
      app.clock.advance(1)
      const changes = { flags: { uv: true } }
      const answer = await signInWithPasskey(app, aBrowser(app), { passkey, changes })
      expect(answer.location).toBe(secondStepPath)
    })

    it('opens the page that was asked for', async () => {
      const app = opened()
      const { passkey } = await aUserWithPasskey(app)
      const browser = aBrowser(app)
      const form = await openPasskeyForm(browser, '/login?next=/create')
      const response = passkey.assert(form.options)
      const answer = await sendPasskeyForm(app, browser, { form, response })
      expect(answer.location).toBe('/create')
    })

    it('offers any passkey, and writes nothing for a visitor who opens the page', async () => {
      const app = opened()
      const before = await app.fingerprint()
      const { options } = await openPasskeyForm(aBrowser(app), '/login')
      expect(options).toMatchObject({ allowCredentials: [], userVerification: 'preferred' })
      expect(Buffer.from(options.challenge, 'base64url')).toHaveLength(32)
      expect(await app.fingerprint()).toBe(before)
    })

    it('accepts one of fifty parallel uses of a challenge', async () => {
      const app = opened()
      const { passkey } = await aUserWithPasskey(app, { hasCounter: false })
      const browser = aBrowser(app)
      const form = await openPasskeyForm(browser, '/login')
      const response = passkey.assert(form.options)
      const before = await usedChallenges(app)
      const answers = await Promise.all(
        Array.from({ length: 50 }, () => sendPasskeyForm(app, browser, { form, response })),
      )
      expect(answers.filter(({ status }) => status === 303)).toHaveLength(1)
      expect(await usedChallenges(app)).toBe(before + 1)
    })

    it('answers every failed check with the same page and stores nothing', async () => {
      const app = opened()
      const { browser: owner, passkey } = await aUserWithPasskey(app)
      const other = (await aSignedInBrowser(app)).account.id
      const unknown = aPasskey({ origin: app.baseUrl })
      unknown.register({ challenge: '', user: { id: other } })
      const failures: readonly (readonly [SoftwarePasskey, Changes])[] = [
        [unknown, {}],
        [passkey, { signature: (bytes) => Buffer.from(bytes).fill(1, 20) }],
        [passkey, { userHandle: null }],
        [passkey, { userHandle: other }],
        [passkey, { clientData: { origin: 'http://localhost:8081' } }],
        [passkey, { clientData: { type: 'webauthn.create' } }],
        [passkey, { rpId: 'example.com' }],
        [passkey, { flags: { up: false } }],
        [passkey, { flags: { be: true } }],
      ]
      const before = await app.storage.query('SELECT * FROM passkeys ORDER BY id')
      const challenges = await usedChallenges(app)
      const texts = new Set<string>()
      for (const [used, changes] of failures) {
        const answer = await signInWithPasskey(app, aBrowser(app), { passkey: used, changes })
        expect(answer.status).toBe(401)
        texts.add(textOf(answer))
      }
      expect(texts.size).toBe(1)
      expect([...texts][0]).toContain('This passkey was not accepted.')
      expect(await app.storage.query('SELECT * FROM passkeys ORDER BY id')).toEqual(before)
      expect(await usedChallenges(app)).toBe(challenges)
      expect(await eventsOf(app, owner)).toContain('sign-in-failed')
    })

    it('rejects a challenge of another browser, purpose, session or user, and one after ten minutes', async () => {
      const app = opened()
      const { browser: owner, passkey } = await aUserWithPasskey(app)
      const visitor = aBrowser(app)
      const mine = await openPasskeyForm(visitor, '/login')
      const theirs = await openPasskeyForm(aBrowser(app), '/login')
      const registration = await openPasskeyForm(owner, addPath)
      const tokens = [theirs, registration].map(({ fields }) => fields.passkey_challenge ?? '')
      for (const token of [...tokens, '', 'x', `${tokens[0]}x`]) {
        const response = passkey.assert(theirs.options)
        const input = { passkey_challenge: token }
        const answer = await sendPasskeyForm(app, visitor, { form: mine, response, input })
        expect([token, answer.status]).toEqual([token, 400])
      }
      app.clock.advance(9 * minute)
      // Gives the id of the browser another ten minutes.
      await visitor.open('/login')
      app.clock.advance(minute)
      const response = passkey.assert(mine.options)
      const late = await sendPasskeyForm(app, visitor, { form: mine, response })
      expect(textOf(late)).toContain('This page was open for too long. Try again.')
      expect(await isSignedIn(visitor)).toBe(false)
    })

    it('binds the challenge of a registration to the session and the user', async () => {
      const app = opened()
      const [ann, bob] = [await aSignedInBrowser(app), await aSignedInBrowser(app)]
      const annForm = await openPasskeyForm(ann, addPath)
      const bobForm = await openPasskeyForm(bob, addPath)
      const response = aPasskey({ origin: app.baseUrl }).register(annForm.options)
      const input = { passkey_challenge: annForm.fields.passkey_challenge ?? '' }
      bob.cookies.set('browser-dev', ann.cookies.get('browser-dev') ?? '')
      const answer = await sendPasskeyForm(app, bob, { form: bobForm, response, input })
      expect([answer.status, textOf(answer)]).toEqual([
        400,
        expect.stringContaining('This page was open for too long.'),
      ])
      expect(await app.persistence.passkeys.list(bob.account.id)).toEqual([])
    })

    it('throttles failures of an IP address, together with those of passwords', async () => {
      const app = opened()
      const { passkey } = await aUserWithPasskey(app)
      const unknown = aPasskey({ origin: app.baseUrl })
      const from = app.clock.now()
      const statuses: number[] = []
      for (let attempt = 0; attempt < 22; attempt++) {
        const answer = await signInWithPasskey(app, aBrowser(app), { passkey: unknown })
        statuses.push(answer.status)
      }
      expect(statuses.slice(0, 15)).toEqual(Array(15).fill(401))
      expect(statuses.at(-1)).toBe(429)
      const blocked = await signInWithPasskey(app, aBrowser(app), { passkey })
      expect([blocked.status, blocked.headers['retry-after']]).toEqual([429, expect.any(String)])
      expect(app.clock.now()).toBe(from)
      app.clock.advance(60 * minute)
      expect((await signInWithPasskey(app, aBrowser(app), { passkey })).status).toBe(303)
    })
  })

  describe('second step', () => {
    it('accepts a passkey of the user after the password, once', async () => {
      const app = opened()
      const { passkey, user } = await aUserWithPasskey(app, { hasCounter: false })
      app.clock.advance(1)
      const browser = aBrowser(app)
      await browser.signIn(user)
      const form = await openPasskeyForm(browser, secondStepPath)
      expect(form.options).toMatchObject({ allowCredentials: [{ id: passkey.id }] })
      const response = passkey.assert(form.options, { flags: { uv: false } })
      expect((await sendPasskeyForm(app, browser, { form, response })).status).toBe(303)
      expect((await browser.send('/api/session')).json()).toMatchObject({
        session: { assurance_level: 2 },
      })
      const again = aBrowser(app)
      await again.signIn(user)
      const next = await openPasskeyForm(again, secondStepPath)
      expect((await sendPasskeyForm(app, again, { form: next, response })).status).toBe(401)
    })

    it('refuses the passkey of another user, and a challenge of the sign-in page', async () => {
      const app = opened()
      const { user } = await aUserWithPasskey(app)
      const { passkey: theirs } = await aUserWithPasskey(app)
      app.clock.advance(1)
      const browser = aBrowser(app)
      const signInForm = await openPasskeyForm(browser, '/login')
      await browser.signIn(user)
      const form = await openPasskeyForm(browser, secondStepPath)
      const attempts = [
        { response: theirs.assert(form.options), input: {} },
        {
          response: theirs.assert(signInForm.options),
          input: { passkey_challenge: signInForm.fields.passkey_challenge ?? '' },
        },
      ]
      for (const attempt of attempts) {
        const answer = await sendPasskeyForm(app, browser, { form, ...attempt })
        expect([answer.status, browser.sessionCookie()]).toEqual([401, ''])
      }
    })
  })

  describe('a counter that decreases', () => {
    async function aSuspendedPasskey(app: TestApp) {
      const owned = await aUserWithPasskey(app, { name: 'Security key' })
      const { passkey } = owned
      await signInWithPasskey(app, aBrowser(app), { passkey, changes: { counter: 100 } })
      const answer = await signInWithPasskey(app, aBrowser(app), {
        passkey,
        changes: { counter: 7 },
      })
      return { ...owned, answer }
    }

    it('suspends the passkey, records it, and notifies the user once', async () => {
      const app = opened()
      const { browser, passkey, answer } = await aSuspendedPasskey(app)
      expect([answer.status, textOf(answer)]).toEqual([
        401,
        expect.stringContaining('This passkey was not accepted.'),
      ])
      const again = { passkey, changes: { counter: 200 } }
      expect((await signInWithPasskey(app, aBrowser(app), again)).status).toBe(401)
      const suspensions = (await eventsOf(app, browser)).filter(
        (each) => each === 'passkey-suspended',
      )
      expect(suspensions).toHaveLength(1)
      const emails = emailsTo(app, browser).filter((email) =>
        JSON.stringify(email).includes('passkey-suspended'),
      )
      expect(emails).toHaveLength(1)
      expect(textOf(await browser.open(path))).toContain('Someone may have copied this passkey.')
      app.clock.advance(16 * minute)
      const stepUp = await browser.open('/reauthenticate')
      expect(textOf(stepUp)).toContain('None of your second factors can be used at the moment.')
      expect(stepUp.body).not.toContain('name="password"')
    })

    it('does not let a copy in with the password alone', async () => {
      const app = opened()
      const { user } = await aSuspendedPasskey(app)
      const copier = aBrowser(app)
      app.clock.advance(1)
      const answer = await copier.signIn(user)
      expect([answer.status, answer.location]).toEqual([303, secondStepPath])
      expect(textOf(await copier.open(secondStepPath))).toContain(
        'None of your second factors can be used at the moment.',
      )
      expect((await copier.open(path)).status).toBe(303)
    })

    it('is accepted again after the user keeps the passkey', async () => {
      const app = opened()
      const { browser, passkey } = await aSuspendedPasskey(app)
      const token = browser.sessionCookie()
      const kept = await browser.submit(`${path}/${passkey.id}/keep`, {}, { on: path })
      expect(kept.status).toBe(303)
      expect(browser.sessionCookie()).not.toBe(token)
      expect(textOf(await browser.open(path))).toContain(
        'Passkey \u201cSecurity key\u201d can be used again.',
      )
      const again = { passkey, changes: { counter: 8 } }
      expect((await signInWithPasskey(app, aBrowser(app), again)).status).toBe(303)
      expect(await eventsOf(app, browser)).toContain('passkey-kept')
    })

    it('can be removed instead', async () => {
      const app = opened()
      const { browser, passkey, user } = await aSuspendedPasskey(app)
      const token = browser.sessionCookie()
      expect((await browser.submit(`${path}/${passkey.id}/remove`)).status).toBe(303)
      expect(browser.sessionCookie()).not.toBe(token)
      expect(textOf(await browser.open(path))).toContain('Passkey removed.')
      expect(await app.persistence.passkeys.list(user.id)).toEqual([])
      expect((await signInWithPasskey(app, aBrowser(app), { passkey })).status).toBe(401)
    })

    it('allows any number of uses without a counter', async () => {
      const app = opened()
      const { passkey } = await aUserWithPasskey(app, { hasCounter: false })
      for (let use = 0; use < 3; use++) {
        expect((await signInWithPasskey(app, aBrowser(app), { passkey })).status).toBe(303)
      }
    })
  })

  describe('settings', () => {
    it('rename a passkey of the user only', async () => {
      const app = opened()
      const { passkey } = await aUserWithPasskey(app, { name: 'Old' })
      const browser = aBrowser(app)
      await signInWithPasskey(app, browser, { passkey })
      const rename = `${path}/${passkey.id}/rename`
      expect((await browser.submit(rename, { name: ' ' })).status).toBe(400)
      expect((await browser.submit(rename, { name: 'New' })).status).toBe(303)
      expect(textOf(await browser.open(path))).toContain('Passkey renamed.')
      const other = await aSignedInBrowser(app)
      for (const action of ['rename', 'remove', 'keep']) {
        const fields = action === 'rename' ? { name: 'Mine' } : {}
        const answer = await other.submit(`${path}/${passkey.id}/${action}`, fields, { on: path })
        expect([action, answer.status]).toEqual([action, 404])
      }
      expect((await app.persistence.passkeys.find(passkey.id))?.name).toBe('New')
    })
  })
})
