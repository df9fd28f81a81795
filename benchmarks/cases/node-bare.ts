import { createServer } from 'node:http'
import { answer, isSignIn, userToSignIn } from './answer.ts'
import type { CaseServer } from './case.ts'

/** Checks nothing and reads no cookie: what every other server does besides. */
export async function open(): Promise<CaseServer> {
  const server = createServer((request, response) => {
    answer(response, isSignIn(request) ? userToSignIn(request.url) : 'user-00000')
  })
  return { server }
}
