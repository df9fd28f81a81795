import { setImmediate } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { describe, expect, it } from 'vitest'
import { setUp } from '../../../test/support/open-web-sessions.ts'

/** Collects what nothing references. */
async function collectGarbage(): Promise<void> {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc')
  // A reference that was read in a turn of the event loop lasts until its end.
  await setImmediate()
  collect()
}

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

  it('takes the fields of another parser, and its error names that call', async () => {
    const { web } = setUp()
    const open = async () => {
      const init = { method: 'POST', body: new URLSearchParams({ a: '1' }) }
      const request = new Request('https://mjr.example/', init)
      const parsed = await request.formData()
      return { exchange: web.open(request, null), parsed }
    }
    const provided = await open()
    provided.exchange.provideForm(provided.parsed)
    expect((await provided.exchange.form())?.get('a')).toBe('1')
    const call = () => provided.exchange.provideForm({ a: '2' })
    expect(call).toThrow(expect.objectContaining({ code: 'invalid-argument' }))

    const { exchange } = await open()
    exchange.provideForm(undefined)
    exchange.provideForm(null)
    await expect(exchange.form()).rejects.toThrow(/exchange\.provideForm\(fields\)/)
  })

  it('is read up to the limit, and no copy of the rest is kept for the guard', async () => {
    const { web } = setUp()
    const csrf = web.open(new Request('https://mjr.example/'), null)
    const token = await csrf.csrfToken()
    const boundary = '----aBoundaryThatNoFieldContains'
    const first = `--${boundary}\r\nContent-Disposition: form-data; name="csrf_token"\r\n\r\n${token}`
    let pulled = 0
    const parts: WeakRef<Uint8Array>[] = []
    const body = new ReadableStream<Uint8Array>(
      {
        pull(controller) {
          const head = `${first}\r\n--${boundary}\r\n`
          const part = pulled === 0 ? Buffer.from(head) : new Uint8Array(64 * 1024)
          pulled += 1
          parts.push(new WeakRef(part))
          controller.enqueue(part)
        },
      },
      { highWaterMark: 0 },
    )
    const headers = {
      'Content-Type': `multipart/form-data; boundary=${boundary}`,
      Origin: 'https://mjr.example',
      Cookie: csrf.responseHeaders()[0]?.[1].split(';')[0] ?? '',
    }
    const init = { method: 'POST', body, headers, duplex: 'half' as const }
    const request = new Request('https://mjr.example/', init)
    const exchange = web.open(request, null)
    expect(await web.csrfGuard(exchange)).toBeNull()
    expect(await exchange.form()).toBeNull()
    expect(pulled).toBeLessThan(5)

    const reader = request.body?.getReader()
    const count = 1_024
    for (let read = 0; read < count; read += 1) await reader?.read()
    await collectGarbage()
    // Streams read one or two parts ahead. Of those that were read, none is kept.
    expect(pulled).toBeLessThan(count + 5)
    expect(parts.filter((part) => part.deref() !== undefined).length).toBeLessThan(10)
    await reader?.cancel()
  })

  it('stays untouched with a token in the header, right or wrong', async () => {
    const { web } = setUp()
    const page = web.open(new Request('https://mjr.example/'), null)
    const token = await page.csrfToken()
    const cookie = page.responseHeaders()[0]?.[1].split(';')[0] ?? ''
    for (const [header, status] of [
      [token, null],
      ['wrong', 403],
    ] as const) {
      let pulled = 0
      const pull = () => {
        pulled += 1
      }
      const body = new ReadableStream({ pull }, { highWaterMark: 0 })
      const headers = {
        'Content-Type': 'application/x-www-form-urlencoded',
        'X-CSRF-Token': header,
        Origin: 'https://mjr.example',
        Cookie: cookie,
      }
      const init = { method: 'POST', body, headers, duplex: 'half' as const }
      const exchange = web.open(new Request('https://mjr.example/', init), null)
      expect([(await web.csrfGuard(exchange))?.status ?? null, pulled]).toEqual([status, 0])
    }
  })
})
