// A TypeScript file in CommonJS: these imports are compiled to `require`. Checked, not run; see
// tools/runtimes/commonjs.cjs.
import { createSessions } from 'coatcheck'
import { createMemorySessionStore } from 'coatcheck/memory'

export async function signIn(userId: string): Promise<string | null> {
  const sessions = createSessions({ store: createMemorySessionStore(), data: { initial: {} } })
  const signedIn = await sessions.signIn({ userId })
  return signedIn.status === 'signed-in' ? signedIn.token : null
}
