import fc from 'fast-check'
import { expect, it } from 'vitest'
import { interleaved } from '../../test/support/interleaved.ts'
import { openSessions, signIn } from '../../test/support/open-sessions.ts'
import type { SessionId } from '../domain/session.ts'
import type { RevocationChannel } from '../ports/revocation-channel.ts'
import type { SessionStore } from '../ports/session-store.ts'
import { createMemorySessionStore } from '../stores/memory/session-store.ts'

const step = fc.record({
  operation: fc.constantFrom(
    'verify',
    'verify',
    'rotate',
    'save',
    'flash',
    'flush',
    'sweep',
    'late-sign-in',
    'revoke',
    'revoke-all',
  ),
  device: fc.nat({ max: 2 }),
})

/** Always fresh but silent: within one process, the cache must not depend on notifications. */
const silentChannel: RevocationChannel = {
  subscribe: ({ clock }) => ({ freshAsOf: clock.now, requestHeartbeat() {}, async close() {} }),
}

it.each([
  { how: 'from the store', cache: undefined },
  { how: 'from the cache', cache: { channel: silentChannel } },
])(
  'verify $how never accepts a session after its revocation has returned, in any interleaving',
  async ({ cache }) => {
    await fc.assert(
      fc.asyncProperty(
        fc.scheduler(),
        fc.array(step, { minLength: 2, maxLength: 12 }),
        async (scheduler, steps) => {
          const memory = createMemorySessionStore()
          const undisturbed = openSessions({ store: memory })
          const devices = [
            await signIn(undisturbed.sessions),
            await signIn(undisturbed.sessions),
            await signIn(undisturbed.sessions),
          ]
          const credentialsCheckedAt = undisturbed.clock.now()
          const { sessions, clock } = openSessions({
            store: interleaved(memory, scheduler),
            onSecretReuse: 'report',
            ...(cache === undefined ? {} : { cache }),
          })
          clock.set(credentialsCheckedAt + 5_000)

          const tokens = devices.map(({ token }) => [token])
          const ended = new Set<SessionId>()
          const rejected = new Set<string>()
          const rotated = new Map<string, number>()
          const saved: { id: SessionId; key: string }[] = []
          let allEnded = false
          const violations: string[] = []

          async function verifyAll(device: number): Promise<void> {
            for (const token of tokens[device] ?? []) {
              const id = devices[device]?.session.id
              const isInvalid = rejected.has(token) || (id !== undefined && ended.has(id))
              const { status } = await sessions.verify(token)
              if (status !== 'active') rejected.add(token)
              else if (isInvalid) violations.push(`${id} verified after its end or rejection`)
            }
          }

          async function rotate(device: number): Promise<void> {
            const token = tokens[device]?.at(-1) ?? ''
            const outcome = await sessions.rotate(token)
            if (outcome.status !== 'rotated') return
            rotated.set(token, (rotated.get(token) ?? 0) + 1)
            tokens[device]?.push(outcome.token)
          }

          async function lateSignIn(): Promise<void> {
            const wereAllEnded = allEnded
            const outcome = await sessions.signIn({ userId: 'user-1', credentialsCheckedAt })
            if (outcome.status !== 'signed-in') return
            if (wereAllEnded)
              violations.push('a sign-in succeeded after a revocation of all sessions')
            devices.push(outcome)
            tokens.push([outcome.token])
          }

          type Operation = (id: SessionId, device: number, index: number) => Promise<unknown>
          const operations: Readonly<Record<string, Operation>> = {
            verify: (_id, device) => verifyAll(device),
            rotate: (_id, device) => rotate(device),
            flush: () => sessions.flushActivity(),
            sweep: () => sessions.sweep(),
            flash: (id) => sessions.addFlash(id, { kind: 'info', message: 'x' }),
            'late-sign-in': () => lateSignIn(),
            async save(id, _device, index) {
              const key = `key-${index}`
              if ((await sessions.saveData(id, { [key]: index })) !== null) saved.push({ id, key })
            },
            async revoke(id) {
              await sessions.revokeSessionOfAnyUser(id, { reason: 'signed-out' })
              ended.add(id)
            },
            async 'revoke-all'() {
              await sessions.revokeAllForUser('user-1', { reason: 'password-changed' })
              allEnded = true
            },
          }

          async function run(
            { operation, device }: { operation: string; device: number },
            index: number,
          ) {
            const id = devices[device]?.session.id
            if (id !== undefined) await operations[operation]?.(id, device, index)
          }

          await scheduler.waitFor(Promise.all(steps.map(run)))
          await scheduler.waitFor(sessions.close())
          expect(violations).toEqual([])
          expect([...rotated.values()].every((times) => times === 1)).toBe(true)
          await checkFinalState(memory, { ended, allEnded, saved })
          if (allEnded) {
            const lateOutcome = await undisturbed.sessions.signIn({
              userId: 'user-1',
              credentialsCheckedAt,
            })
            expect(lateOutcome).toMatchObject({ status: 'refused', reason: 'credentials-outdated' })
            expect(await undisturbed.sessions.listForUser('user-1')).toEqual([])
          }
        },
      ),
      { numRuns: 1_000, seed: 20_260_115 },
    )
  },
)

async function checkFinalState(
  store: SessionStore,
  history: {
    readonly ended: ReadonlySet<SessionId>
    readonly allEnded: boolean
    readonly saved: readonly { readonly id: SessionId; readonly key: string }[]
  },
): Promise<void> {
  for (const id of history.ended) expect((await store.find(id))?.endedAt).not.toBeNull()
  for (const { id, key } of history.saved) {
    expect((await store.find(id))?.data).toContain(`"${key}":`)
  }
}
