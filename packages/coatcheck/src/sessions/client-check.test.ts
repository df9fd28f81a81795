import { expect, it } from 'vitest'
import type { SessionEvent } from '../domain/events.ts'
import { anInstant, aSessionRecord, toSessionId } from '../testing/builders.ts'
import { createChangeReporter } from './client-check.ts'

it('remembers the clients of 10 000 sessions and no more', () => {
  const events: SessionEvent[] = []
  const report = createChangeReporter({
    report: (event) => events.push(event),
    latest: ({ lastActivityAt }) => lastActivityAt,
  })
  const checks = { ipAddressCheck: 'log', userAgentCheck: 'off' } as const
  const record = aSessionRecord()
  const see = (session: number) => {
    const client = { ipAddress: '198.51.100.9', userAgent: null }
    const id = toSessionId(`session-${session}`)
    report(checks, { ...record, id }, { client, at: anInstant })
  }
  for (let session = 0; session <= 10_000; session += 1) see(session)
  see(10_000)
  expect(events).toHaveLength(10_001)
  see(0)
  expect(events).toHaveLength(10_002)
})
