import { createServer } from 'node:http'
import { measuredPath } from '../answer.ts'
import type { CaseServer } from '../case.ts'
import { createApp } from './express-app.ts'

/** Express without verification. */
export async function open(): Promise<CaseServer> {
  const app = createApp()
  app.get(measuredPath, (_request, response) => {
    response.set('Cache-Control', 'no-store').json({ userId: 'user-00000' })
  })
  return { server: createServer(app) }
}
