import { expect, it } from 'vitest'
import { openSessions, signIn } from '../../test/support/open-sessions.ts'
import type { Client } from '../domain/client.ts'
import { minute, second } from '../domain/time.ts'
import { createMemorySessionStore } from '../stores/memory/session-store.ts'

const home: Client = { ipAddress: '192.0.2.7', userAgent: 'Laptop' }
const otherNetwork: Client = { ...home, ipAddress: '198.51.100.1' }

/** Data of exactly the maximum size. */
const maxData = { note: 'x'.repeat(64 * 1024 - '{"v":1,"data":{"note":""},"flashes":[]}'.length) }

it('requireStepUp and stepUp work for a session with data of the maximum size', async () => {
  const { sessions, clock } = openSessions()
  const { token, session } = await signIn(sessions, 'user-1', { client: home, data: maxData })
  clock.advance(second)
  expect(await sessions.requireStepUp(session.id)).toBe(true)
  expect(await sessions.verify(token, home)).toMatchObject({ stepUpReason: 'step-up-required' })
  clock.advance(second)
  const outcome = await sessions.stepUp(token, { client: otherNetwork })
  if (outcome.status !== 'rotated') throw new Error(outcome.status)
  expect(await sessions.verify(outcome.token, otherNetwork)).toMatchObject({ stepUpReason: null })
  // The step-up data has not increased the limit.
  const overfull = sessions.saveData(session.id, { note: `${maxData.note}x` })
  await expect(overfull).rejects.toMatchObject({ code: 'invalid-argument' })
})

it('a step-up does not clear a requirement that is recorded while it is in progress', async () => {
  const memory = createMemorySessionStore()
  let duringStepUp: () => Promise<unknown> = async () => undefined
  const find: typeof memory.find = async (id) => {
    const record = await memory.find(id)
    const action = duringStepUp
    duringStepUp = async () => undefined
    await action()
    return record
  }
  const { sessions, clock } = openSessions({ store: { ...memory, find } })
  const { token, session } = await signIn(sessions, 'user-1', { client: home })
  clock.advance(minute)
  // Called by a process whose clock is slightly ahead.
  duringStepUp = () => sessions.requireStepUp(session.id, clock.now() + 1)
  const outcome = await sessions.stepUp(token, { client: home })
  if (outcome.status !== 'rotated') throw new Error(outcome.status)
  expect(await sessions.verify(outcome.token, home)).toMatchObject({
    stepUpReason: 'step-up-required',
  })
  clock.advance(minute)
  const again = await sessions.stepUp(outcome.token, { client: home })
  if (again.status !== 'rotated') throw new Error(again.status)
  expect(await sessions.verify(again.token, home)).toMatchObject({ stepUpReason: null })
})

it('data of an earlier release is read as requiring no step-up', async () => {
  const { sessions, store } = openSessions()
  const { token, session } = await signIn(sessions, 'user-1', { client: home })
  await store.updateData(session.id, () => '{"v":1,"data":{"items":2},"flashes":[]}')
  const verified = await sessions.verify(token, home)
  expect(verified).toMatchObject({ session: { data: { items: 2 } }, stepUpReason: null })
  expect(await sessions.requireStepUp(session.id)).toBe(true)
  const reverified = await sessions.verify(token, home)
  expect(reverified).toMatchObject({
    session: { data: { items: 2 } },
    stepUpReason: 'step-up-required',
  })
})
