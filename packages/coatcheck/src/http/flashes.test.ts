import { describe, expect, it } from 'vitest'
import { openNextExchange, setUp } from '../../test/support/open-web-sessions.ts'

describe('flashes', () => {
  it('keeps every flash of an anonymous visitor, and drops them at sign-in', async () => {
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

  it('refuses flashes past their limits', async () => {
    const exchange = openNextExchange(setUp().web, null)
    const bad = [
      ['', 'x'],
      ['k'.repeat(33), 'x'],
      ['k', 'x'.repeat(501)],
    ] as const
    for (const [kind, message] of bad) {
      await expect(exchange.flash({ kind, message })).rejects.toThrow(/a flash has/)
    }
  })
})
