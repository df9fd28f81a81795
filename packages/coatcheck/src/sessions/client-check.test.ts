import { expect, it } from 'vitest'
import type { SessionEvent } from '../domain/events.ts'
import { anInstant, aSessionRecord, toSessionId } from '../testing/builders.ts'
import { createClientChangeReporter } from './client-check.ts'

it('client change reporter remembers the clients of the last 10 000 sessions', () => {
  const events: SessionEvent[] = []
  const policy = { ipAddressCheck: 'log', userAgentCheck: 'off' } as const
  const reportClientChange = createClientChangeReporter(
    policy,
    (event) => events.push(event),
    ({ lastActivityAt }) => lastActivityAt,
  )
  const record = aSessionRecord()
  const observe = (index: number) => {
    const id = toSessionId(`session-${index}`)
    const client = { ipAddress: '198.51.100.9', userAgent: null }
    reportClientChange({ ...record, id }, client, anInstant)
  }
  for (let session = 0; session < 25_000; session += 1) observe(session)
  for (let session = 15_000; session < 25_000; session += 1) observe(session)
  expect(events).toHaveLength(25_000)
  observe(0)
  expect(events).toHaveLength(25_001)
})
