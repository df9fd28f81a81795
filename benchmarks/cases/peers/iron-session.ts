import { getIronSession, type SessionOptions } from 'iron-session'
import type { CaseServer } from '../case.ts'
import { createNodeServer } from '../node-server.ts'

interface Data {
  userId: string
}

const options: SessionOptions = {
  password: 'at least thirty-two characters of randomness',
  cookieName: 'iron',
  cookieOptions: { secure: false },
}

/** A session encrypted in its cookie. Cannot be revoked. */
export async function open(): Promise<CaseServer> {
  const server = createNodeServer({
    async userOf(request, response) {
      const { userId } = await getIronSession<Data>(request, response, options)
      return userId ?? null
    },
    async signIn(userId, { request, response }) {
      const session = await getIronSession<Data>(request, response, options)
      session.userId = userId
      await session.save()
    },
  })
  return { server }
}
