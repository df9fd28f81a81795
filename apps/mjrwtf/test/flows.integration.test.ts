import { describe, expect, it } from 'vitest'
import { createArgon2Hasher } from '../src/adapters/passwords/argon2-hasher.ts'
import { aBrowser, aSignedInBrowser, textOf } from './support/browser.ts'
import { anApp, useApp } from './support/rooms.ts'
import { databases } from './support/storage.ts'

const password = 'lantern gravel oboe sixty'

describe.each(databases)('making the first account on %s (V6.3.2, V6.4.1)', (kind) => {
  it('takes the setup code once, signs the person in, and is gone afterwards', async () => {
    await using app = await anApp(kind, { passwords: createArgon2Hasher() })
    const code = (await app.useCases.issueSetUpCode()) ?? ''
    app.witness.learn(code, 'code')
    app.witness.learn(password, 'password')
    const browser = aBrowser(app)
    const page = await browser.open(`/setup?code=${code}`)
    expect(page.status).toBe(200)
    expect(page.headers['referrer-policy']).toBe('strict-origin')
    const fields = { code, email: 'ann@people.test', password }

    const made = await browser.submit('/setup', fields)
    expect([made.status, made.location]).toEqual([303, '/dashboard'])
    expect(textOf(await browser.open('/dashboard'))).toContain('Welcome to mjr.wtf')
    expect(textOf(await browser.open('/dashboard'))).not.toContain('Welcome to mjr.wtf')

    const stranger = aBrowser(app)
    expect((await stranger.open(`/setup?code=${code}`)).status).toBe(404)
    const again = await stranger.submit('/setup', fields, { on: '/login' })
    expect(again.status).toBe(404)
    expect(await app.useCases.issueSetUpCode()).toBeNull()
    expect((await aBrowser(app).signIn(fields)).location).toBe('/dashboard')
  })
})
