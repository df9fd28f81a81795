import { startHono } from '../../../test/support/hono-scenario.ts'
import { serveHonoOnNode } from '../../../test/support/serve-hono-on-node.ts'
import { describeAdapterContract } from '../../testing/adapter/contract.ts'

describeAdapterContract('the Hono adapter on @hono/node-server', startHono(serveHonoOnNode))
