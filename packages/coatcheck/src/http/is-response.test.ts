import { runInNewContext } from 'node:vm'
import { expect, it } from 'vitest'
import { openNextExchange, setUp, signedIn } from '../../test/support/open-web-sessions.ts'
import { isResponse } from './is-response.ts'

it('recognizes the response of another copy of undici and of another realm', () => {
  const script = 'class Response { status = 403; headers = new Map() }; new Response()'
  const response: unknown = runInNewContext(script)
  expect(response instanceof Response).toBe(false)
  expect([isResponse(response), isResponse(new Response())]).toEqual([true, true])
})

it('does not take what a guard returns for a request that passes for a response', async () => {
  const { web } = setUp()
  const exchange = openNextExchange(web, await signedIn(web))
  const session = await web.requireSession(exchange)
  expect(isResponse(session)).toBe(false)
  for (const passed of [null, { credential: 'bearer', bearer: new Response() }])
    expect(isResponse(passed)).toBe(false)
})
