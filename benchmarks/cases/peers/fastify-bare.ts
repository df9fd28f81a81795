import fastify from 'fastify'
import { measuredPath } from '../answer.ts'
import type { CaseServer } from '../case.ts'
import { answerSchema } from './fastify-answer.ts'

/** Fastify without verification. */
export async function open(): Promise<CaseServer> {
  const app = fastify({ logger: false })
  app.get(measuredPath, { schema: answerSchema }, (_request, reply) => {
    reply.header('Cache-Control', 'no-store').send({ userId: 'user-00000' })
  })
  await app.ready()
  return { server: app.server, close: () => app.close() }
}
