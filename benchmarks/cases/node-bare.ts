import { createServer } from 'node:http'
import { isSignIn, respond, userToSignIn } from './answer.ts'
import type { CaseServer } from './case.ts'

/** Verifies nothing and reads no cookie: the baseline of all other servers. */
export async function open(): Promise<CaseServer> {
  const server = createServer((request, response) => {
    respond(response, isSignIn(request) ? userToSignIn(request.url) : 'user-00000')
  })
  return { server }
}
