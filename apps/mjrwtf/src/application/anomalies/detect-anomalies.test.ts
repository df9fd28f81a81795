import { expect, it } from 'vitest'
import type { SecurityEvent } from '../../domain/security-event.ts'
import type { RecordSecurityEvent } from '../security-log/record-security-event.ts'
import { createDetectAnomalies } from './detect-anomalies.ts'

const failure: Omit<SecurityEvent, 'id' | 'userId'> = {
  at: Date.UTC(2030, 0, 15),
  kind: 'sign-in-failed',
  outcome: 'failure',
  sessionId: null,
  ipAddress: '203.0.113.7',
  userAgent: null,
  detail: null,
}

/** Two accounts under attack. The database fails `state.failing` times for the second one. */
function open() {
  const state = { failing: 0, queries: 0 }
  const reported: string[] = []
  const recordSecurityEvent: RecordSecurityEvent = ({ userId }) => reported.push(userId)
  const detectAnomalies = createDetectAnomalies({
    flushSecurityEvents: async () => {},
    securityEvents: {
      async list({ userId }) {
        state.queries += 1
        const events = Array.from({ length: 10 }, (_, n) => ({ ...failure, id: `${n}`, userId }))
        return { events, hasMore: false }
      },
    },
    notifications: {
      async claim({ userId }) {
        if (userId === 'ben' && state.failing > 0) {
          state.failing -= 1
          throw new Error('planted')
        }
        return true
      },
    },
    stepUp: { require: async () => {}, requireAll: async () => {} },
    sessions: { list: async () => [] },
    users: { find: async () => null },
    locateIp: () => null,
    describeClient: ({ ipAddress }) => ({ device: null, ipAddress, location: null }),
    recordSecurityEvent,
    sendMail: () => {},
  })
  return { detectAnomalies, state, reported }
}

const detectionInput = (userId: string, id: string) => ({
  event: { ...failure, id, userId },
  lastActivityAt: null,
})

it('reports the rest after a failure, and nothing twice', async () => {
  const { detectAnomalies, state, reported } = open()
  state.failing = 1
  const batch = [detectionInput('ann', '1'), detectionInput('ben', '2')]
  await expect(detectAnomalies(batch)).rejects.toThrow('planted')
  expect(reported).toEqual(['ann'])
  await detectAnomalies(batch)
  expect(reported).toEqual(['ann', 'ben'])
})

it('queries once for many failures of one account', async () => {
  const { detectAnomalies, state } = open()
  await detectAnomalies(Array.from({ length: 500 }, (_, n) => detectionInput('ann', `${n}`)))
  expect(state.queries).toBe(1)
})

it("queries again for new failures, also after another account's query failed", async () => {
  const { detectAnomalies, state } = open()
  state.failing = 1
  const batch = [detectionInput('ann', '1'), detectionInput('ben', '2')]
  await expect(detectAnomalies(batch)).rejects.toThrow('planted')
  expect(state.queries).toBe(2)
  await detectAnomalies([...batch, detectionInput('ann', '3')])
  expect(state.queries).toBe(4)
})
