import { createAdaptorServer } from '@hono/node-server'
import { Hono } from 'hono'
import { bodyFor, contentType, measuredPath } from './answer.ts'
import type { CaseServer } from './case.ts'
import { asHttpServer } from './hono-server.ts'

/** Hono without verification. */
export async function open(): Promise<CaseServer> {
  const headers = { 'Content-Type': contentType, 'Cache-Control': 'no-store' }
  const app = new Hono().get(measuredPath, (c) => c.body(bodyFor('user-00000'), 200, headers))
  return { server: asHttpServer(createAdaptorServer({ fetch: app.fetch })) }
}
