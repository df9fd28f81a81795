import { expect, it } from 'vitest'
import { openSessions, signIn } from '../../test/support/open-sessions.ts'
import { createSessions } from '../index.ts'

it('lets a sink that throws change neither the outcome nor what other sinks are told', async () => {
  const { store } = openSessions()
  const received: string[] = []
  const failingSink = () => {
    throw new Error('broken sink')
  }
  const events = [failingSink, ({ type }: { readonly type: string }) => received.push(type)]
  const sessions = createSessions({ store, data: { initial: {} }, events })
  const { session } = await signIn(sessions)
  expect(await sessions.revoke(session.id, { reason: 'signed-out' })).not.toBeNull()
  expect(received).toEqual(['session-created', 'session-revoked'])
})
