import { describe, expect, it } from 'vitest'
import { aBrowser, textOf } from '../support/browser.ts'
import { databases, openEmptyStorage } from '../support/storage.ts'
import { environmentFor, operator, sessionStatus, setUp, signIn } from './support/accounts.ts'
import { startProgram } from './support/program.ts'

const destination = 'https://example.com/spring/menu?table=12'

describe.each(databases)('program on %s', (kind) => {
  it('completes the main flow, and a restart preserves all data', async () => {
    await using storage = await openEmptyStorage(kind)
    const env = environmentFor(storage)
    await using first = await startProgram({ env })
    const setUpLink = await first.setUpLink()
    const firstBrowser = await setUp(first)
    expect(textOf(await firstBrowser.open('/dashboard'))).toContain('Welcome to mjr.wtf.')

    const ann = await signIn(first)
    const created = await ann.submit('/create', { original_url: destination, short_code: 'menu' })
    expect([created.status, created.location]).toEqual([303, '/links/menu'])
    const followed = await first.send('/menu')
    expect([followed.status, followed.location]).toEqual([302, destination])
    expect(await first.stop('SIGINT')).toEqual({ code: 0, signal: null })

    // On the same port, so that it is the same server to the browser.
    await using second = await startProgram({ env: { ...env, PORT: String(first.port) } })
    const dashboard = await ann.open('/dashboard')
    expect(dashboard.status).toBe(200)
    expect(textOf(dashboard)).toMatch(/link 1 click 1 .*\/menu https:\/\/example\.com\/spring/)
    expect((await second.send('/menu')).location).toBe(destination)

    const signedOut = await ann.submit('/logout', {}, { on: '/dashboard' })
    expect([signedOut.status, signedOut.location]).toEqual([303, '/'])
    expect((await ann.open('/dashboard')).location).toBe('/login?next=%2Fdashboard')
    expect(await sessionStatus(firstBrowser)).toBe(200)

    const again = aBrowser(second)
    expect((await again.open(`${setUpLink.pathname}${setUpLink.search}`)).status).toBe(404)
    expect(second.stdout()).not.toContain('administrator account')
  })

  it('a session stays ended after a SIGKILL between sign-out and replay', async () => {
    await using storage = await openEmptyStorage(kind)
    const env = environmentFor(storage)
    await using first = await startProgram({ env })
    const ann = await setUp(first)
    const stolen = new Map(ann.cookies)
    await ann.submit('/logout', {}, { on: '/dashboard' })
    // Without a chance to clean up.
    await first.stop('SIGKILL')

    await using second = await startProgram({ env })
    const attacker = aBrowser(second)
    for (const [name, value] of stolen) attacker.cookies.set(name, value)
    expect(await sessionStatus(attacker)).toBe(401)
    expect((await attacker.open('/dashboard')).location).toContain('/login?error=session_expired')
    second.addSecret(operator.password, 'password')
    expect(await sessionStatus(await signIn(second))).toBe(200)
  })
})
