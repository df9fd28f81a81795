import { describe, expect, it } from 'vitest'
import { openNextExchange, setCookies, setUp } from '../../../test/support/open-web-sessions.ts'
import { SessionError } from '../../domain/errors.ts'
import { createMemorySessionStore } from '../../stores/memory/session-store.ts'

describe('flashes', () => {
  it('keeps the flashes of an anonymous visitor and drops them at sign-in', async () => {
    const { web } = setUp()
    const first = openNextExchange(web, null)
    await first.flash({ kind: 'a', message: '1' })
    await first.flash({ kind: 'b', message: '2' })
    const second = openNextExchange(web, first)
    await second.flash({ kind: 'c', message: '3' })
    const third = openNextExchange(web, second)
    expect((await third.takeFlashes()).map(({ kind }) => kind)).toEqual(['a', 'b', 'c'])
    expect(await third.takeFlashes()).toEqual([])
    const fourth = openNextExchange(web, second)
    await fourth.signIn({ userId: 'ada' })
    expect(await fourth.takeFlashes()).toEqual([])
  })

  it('expires the flashes of an anonymous visitor after five minutes', async () => {
    const { web, clock } = setUp()
    const first = openNextExchange(web, null)
    await first.flash({ kind: 'a', message: '1' })
    const [cookie = ''] = setCookies(first)
    expect(cookie).toContain('; Max-Age=300')
    const takeLater = async (advance: number) => {
      clock.advance(advance)
      const headers = { Cookie: cookie.split(';')[0] ?? '' }
      return web.open(new Request('https://mjr.example/', { headers }), null).takeFlashes()
    }
    expect(await takeLater(299_999)).toEqual([{ kind: 'a', message: '1' }])
    expect(await takeLater(1)).toEqual([])
  })

  it.each([
    ['read-only', 'waits until the store can be written, and is shown once'],
    ['store-unavailable', 'rejects'],
  ] as const)('of a session, if the store fails with %s: %s', async (code, _outcome) => {
    const memory = createMemorySessionStore()
    const planned: { error: Error | null } = { error: null }
    const updateData: typeof memory.updateData = (...args) =>
      planned.error === null ? memory.updateData(...args) : Promise.reject(planned.error)
    const { web } = setUp({}, { store: { ...memory, updateData } })
    const first = openNextExchange(web, null)
    await first.signIn({ userId: 'ada' })
    await openNextExchange(web, first).flash({ kind: 'a', message: '1' })

    planned.error = new SessionError(code, 'planned failure')
    const failing = openNextExchange(web, first).takeFlashes()
    if (code === 'read-only') expect(await failing).toEqual([])
    else await expect(failing).rejects.toMatchObject({ code })
    planned.error = null
    expect(await openNextExchange(web, first).takeFlashes()).toEqual([{ kind: 'a', message: '1' }])
    expect(await openNextExchange(web, first).takeFlashes()).toEqual([])
  })

  it('drops the oldest flashes beyond the cookie limit', async () => {
    const { web } = setUp()
    const first = openNextExchange(web, null)
    for (const kind of ['a', 'b', 'c', 'd', 'e']) {
      await first.flash({ kind, message: '\u{1f44b}'.repeat(250) })
    }
    const flashes = await openNextExchange(web, first).takeFlashes()
    expect(flashes.map(({ kind }) => kind)).toEqual(['d', 'e'])
    const control = openNextExchange(web, null)
    await control.flash({ kind: 'x', message: '\u0001'.repeat(500) })
    expect(setCookies(control).at(-1)?.length).toBeLessThan(4_096)
  })

  it('rejects flashes beyond their limits', async () => {
    const exchange = openNextExchange(setUp().web, null)
    const bad = [
      ['', 'x'],
      ['k'.repeat(33), 'x'],
      ['k', 'x'.repeat(501)],
    ] as const
    for (const [kind, message] of bad) {
      await expect(exchange.flash({ kind, message })).rejects.toThrow(/a flash must have/)
    }
  })
})
