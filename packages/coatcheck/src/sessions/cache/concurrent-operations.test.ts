import fc from 'fast-check'
import { expect, it } from 'vitest'
import { interleaved } from '../../../test/support/interleaved.ts'
import { openSessions, signIn } from '../../../test/support/open-sessions.ts'
import type { SessionId } from '../../domain/session.ts'
import type { RevocationChannel } from '../../ports/revocation-channel.ts'
import { createMemorySessionStore } from '../../stores/memory/session-store.ts'

/** Delivers the notifications of a channel in order, at times that the scheduler chooses. */
function scheduleDelivery(
  channel: RevocationChannel,
  scheduler: fc.Scheduler,
  onNotified: (id: SessionId) => void,
): RevocationChannel {
  return {
    subscribe(options) {
      let last: Promise<unknown> = Promise.resolve()
      return channel.subscribe({
        ...options,
        listener: {
          ...options.listener,
          onChange(id) {
            const before = last
            last = scheduler.schedule(Promise.resolve(), 'notification').then(async () => {
              await before
              options.listener.onChange(id)
              onNotified(id)
            })
          },
        },
      })
    },
  }
}

interface Operation {
  readonly device: number
  readonly token: string
  readonly id: SessionId
  readonly key: string
}

const step = fc.record({
  operation: fc.constantFrom(
    'verify',
    'verify',
    'verify',
    'fresh',
    'revoke',
    'rotate',
    'save',
    'all',
  ),
  device: fc.nat({ max: 2 }),
})

it('the cache never accepts a session after notification of its end, in any interleaving', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.scheduler(),
      fc.array(step, { minLength: 3, maxLength: 14 }),
      async (scheduler, steps) => {
        const memory = createMemorySessionStore()
        const there = openSessions({ store: memory }).sessions
        const ended = new Set<SessionId>()
        const notified = new Set<SessionId>()
        const channel = scheduleDelivery(memory.revocations, scheduler, (id) => {
          if (ended.has(id)) notified.add(id)
        })
        const here = openSessions({ store: interleaved(memory, scheduler), cache: { channel } })
        const devices = [await signIn(there), await signIn(there), await signIn(there)]
        const violations: string[] = []

        async function verify(device: number, fresh: boolean): Promise<void> {
          const { token, session } = devices[device] ?? { token: '', session: { id: null } }
          const wasNotified = session.id !== null && notified.has(session.id)
          const { status } = await here.sessions.verify(token, undefined, { fresh })
          if (wasNotified && status === 'active')
            violations.push(`${session.id} verified after notification`)
        }

        const operations: Readonly<Record<string, (operation: Operation) => Promise<unknown>>> = {
          verify: ({ device }) => verify(device, false),
          fresh: ({ device }) => verify(device, true),
          save: ({ id, key }) => there.saveData(id, { [key]: true }),
          rotate: ({ token }) => there.rotate(token),
          revoke({ id }) {
            ended.add(id)
            return there.revoke(id, { reason: 'signed-out' })
          },
          all() {
            for (const each of devices) ended.add(each.session.id)
            return there.revokeAllForUser('user-1', { reason: 'signed-out' })
          },
        }

        async function run(
          { operation, device }: { operation: string; device: number },
          index: number,
        ) {
          await scheduler.schedule(Promise.resolve(), `step ${index}`)
          const issued = devices[device]
          if (issued === undefined) return
          const { token, session } = issued
          await operations[operation]?.({ device, token, id: session.id, key: `key-${index}` })
        }

        await scheduler.waitFor(Promise.all(steps.map(run)))
        for (const device of devices.keys()) await scheduler.waitFor(verify(device, false))
        await scheduler.waitFor(Promise.all([here.sessions.close(), there.close()]))
        expect(violations).toEqual([])
      },
    ),
    { numRuns: 1_000, seed: 20_261_127 },
  )
})
