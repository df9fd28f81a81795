import { cookieValue } from '../answer.ts'
import type { CaseContext, CaseServer } from '../case.ts'
import { createNodeServer } from '../node-server.ts'
import { createJwt } from './jwt.ts'

/** A JWT in a cookie. Cannot be revoked. */
export async function open({ variant }: CaseContext): Promise<CaseServer> {
  const jwt = await createJwt(variant)
  const server = createNodeServer({
    async userOf(request) {
      const token = cookieValue(request, 'token')
      return token === null ? null : jwt.verify(token)
    },
    async signIn(userId, { response }) {
      const token = await jwt.sign(userId)
      response.setHeader('Set-Cookie', `token=${token}; HttpOnly; SameSite=Lax; Path=/`)
    },
  })
  return { server }
}
