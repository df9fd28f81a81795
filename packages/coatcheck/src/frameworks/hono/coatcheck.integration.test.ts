import { getRequestListener } from '@hono/node-server'
import { coatcheck } from 'coatcheck/hono'
import { memory } from 'coatcheck/memory'
import { Hono } from 'hono'
import { describe, expect, it } from 'vitest'
import { describeProtectedContract } from '../../../test/support/describe-protected-contract.ts'
import { startHonoCoatcheck } from '../../../test/support/hono-scenario.ts'
import { sendRequest, serveNode } from '../../../test/support/node-server.ts'
import { serveHonoOnNode } from '../../../test/support/serve-hono-on-node.ts'

describeProtectedContract('coatcheck for Hono', startHonoCoatcheck(serveHonoOnNode))

describe('protect on @hono/node-server', () => {
  it('redirects plain http to https, whatever the scheme in the request line', async () => {
    const keys = ['a key of these tests, of 32 bytes or more']
    const auth = coatcheck({ store: memory(), baseUrl: 'https://mjr.example', keys })
    const app = new Hono().use(auth.protect).get('/page', (c) => c.text('page'))
    await using server = await serveNode(getRequestListener(app.fetch))
    for (const path of ['/page', 'https://mjr.example/page']) {
      const { status, headers } = await sendRequest(server, path, {
        headers: { Host: 'mjr.example' },
      })
      expect([path, status, headers.location]).toEqual([path, 307, 'https://mjr.example/page'])
    }
  })
})
