import { describe, expect, it } from 'vitest'
import { setUp } from '../../test/support/open-web-sessions.ts'

describe('form of a request', () => {
  it('treats an aborted form as malformed', async () => {
    const { web } = setUp()
    const body = new ReadableStream({
      start(controller) {
        controller.enqueue(new TextEncoder().encode('csrf_token='))
        controller.error(new Error('the client hung up'))
      },
    })
    const headers = {
      'Content-Type': 'application/x-www-form-urlencoded',
      Origin: 'https://mjr.example',
    }
    const init = { method: 'POST', body, headers, duplex: 'half' as const }
    const exchange = web.open(new Request('https://mjr.example/', init), null)
    expect(await web.csrfGuard(exchange)).toMatchObject({ status: 400 })
    expect(await exchange.form()).toBeNull()
  })

  it('reads a form only if the route has not read the body', async () => {
    const { web } = setUp()
    const init = { method: 'POST', body: new URLSearchParams({ a: '1' }) }
    const request = new Request('https://mjr.example/', init)
    const exchange = web.open(request, null)
    expect((await exchange.form())?.get('a')).toBe('1')
    expect(exchange.request).toBe(request)
    expect(await request.text()).toBe('a=1')
    expect((await exchange.form())?.get('a')).toBe('1')
    const read = new Request('https://mjr.example/', init)
    await read.text()
    const late = web.open(read, null)
    await expect(late.form()).rejects.toMatchObject({ code: 'invalid-argument' })
  })
})
