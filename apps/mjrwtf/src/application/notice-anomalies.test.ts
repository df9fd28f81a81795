import { expect, it } from 'vitest'
import type { SecurityEvent } from '../domain/security-event.ts'
import { createNoticeAnomalies } from './notice-anomalies.ts'
import type { RecordSecurityEvent } from './record-security-event.ts'

const failure: Omit<SecurityEvent, 'id' | 'userId'> = {
  at: Date.UTC(2030, 0, 15),
  kind: 'sign-in-failed',
  outcome: 'failure',
  sessionId: null,
  ipAddress: '203.0.113.7',
  userAgent: null,
  detail: null,
}

/** Two accounts under attack; the database fails for the second as often as told. */
function open() {
  const state = { failing: 0, judged: 0 }
  const told: string[] = []
  const recordSecurityEvent: RecordSecurityEvent = ({ userId }) => told.push(userId)
  const noticeAnomalies = createNoticeAnomalies({
    flushSecurityEvents: async () => {},
    securityEvents: {
      async list({ userId }) {
        state.judged += 1
        const events = Array.from({ length: 10 }, (_, n) => ({ ...failure, id: `${n}`, userId }))
        return { events, total: 10 }
      },
    },
    notices: {
      async take({ userId }) {
        if (userId === 'ben' && state.failing > 0) {
          state.failing -= 1
          throw new Error('planted')
        }
        return true
      },
      async purge() {},
    },
    sessionTrust: { doubt: async () => {}, doubtAll: async () => {} },
    sessions: { list: async () => [] },
    users: { find: async () => null },
    findPlace: () => null,
    describeClient: ({ ipAddress }) => ({ device: null, ipAddress, place: null }),
    recordSecurityEvent,
    sendMail: () => {},
  })
  return { noticeAnomalies, state, told }
}

const sighting = (userId: string, id: string) => ({
  event: { ...failure, id, userId },
  lastActivityAt: null,
})

it('tells what it could, and after a failure the rest and nothing twice', async () => {
  const { noticeAnomalies, state, told } = open()
  state.failing = 1
  const batch = [sighting('ann', '1'), sighting('ben', '2')]
  await expect(noticeAnomalies(batch)).rejects.toThrow('planted')
  expect(told).toEqual(['ann'])
  await noticeAnomalies(batch)
  expect(told).toEqual(['ann', 'ben'])
})

it('asks once for many failures of one account', async () => {
  const { noticeAnomalies, state } = open()
  await noticeAnomalies(Array.from({ length: 500 }, (_, n) => sighting('ann', `${n}`)))
  expect(state.judged).toBe(1)
})

it('asks anew where there are more failures, also after something else has failed', async () => {
  const { noticeAnomalies, state } = open()
  state.failing = 1
  const batch = [sighting('ann', '1'), sighting('ben', '2')]
  await expect(noticeAnomalies(batch)).rejects.toThrow('planted')
  expect(state.judged).toBe(2)
  await noticeAnomalies([...batch, sighting('ann', '3')])
  expect(state.judged).toBe(4)
})
