import { describe, expect, it } from 'vitest'
import { createReportFactorChange, type FactorChange } from './factor-changes.ts'

const change: FactorChange = {
  user: { id: 'ann', email: 'ann@example.com' },
  event: 'second-factor-removed',
  kind: 'phone',
  name: '\u2022\u2022\u2022\u2022 78',
  sessionId: 'session',
  ipAddress: '203.0.113.9',
  userAgent: 'Firefox',
}

function setUp({ allowed = true, fails = false, failsToEnd = false } = {}) {
  const calls: unknown[] = []
  const report = createReportFactorChange({
    recordSecurityEvent: (event) => calls.push(['event', event]),
    sendMail: (to, email) => calls.push(['email', to, email]),
    notificationLimit: {
      async budgetFor() {
        if (fails) throw new Error('unreachable')
        return { counterKey: 'ann' }
      },
      async allows(kind, { counterKey }) {
        calls.push(['count', kind, counterKey])
        return allowed
      },
    },
    describeClient: ({ ipAddress }) => ({ device: 'Firefox', ipAddress, location: null }),
    trustedBrowsers: {
      async endAll(userId, except) {
        calls.push(['end-trust', userId, except])
        return 1
      },
    },
    pendingSignIns: {
      async endForUser(userId) {
        calls.push(['end-pending', userId])
        if (failsToEnd) throw new Error('unreachable')
      },
    },
    clock: { now: () => 5 },
  })
  return { calls, report }
}

describe('reportFactorChange', () => {
  it('records the change and notifies the user with the client that made it', async () => {
    const { calls, report } = setUp()
    await report(change)
    const { sessionId, ipAddress, userAgent, name } = change
    expect(calls).toEqual([
      [
        'event',
        {
          userId: 'ann',
          kind: 'second-factor-removed',
          detail: `phone ${name}`,
          sessionId,
          ipAddress,
          userAgent,
        },
      ],
      ['count', 'second-factor-removed', 'ann'],
      [
        'email',
        'ann@example.com',
        {
          kind: 'factor-changed',
          change: 'second-factor-removed',
          factor: 'phone',
          name,
          unusedCodes: null,
          at: 5,
          from: { device: 'Firefox', ipAddress, location: null },
        },
      ],
      ['end-trust', 'ann', null],
      ['end-pending', 'ann'],
    ])
  })

  it('records, but sends no email beyond the limit of its kind of change', async () => {
    const { calls, report } = setUp({ allowed: false })
    await report(change)
    expect(calls.map((call) => Array.isArray(call) && call[0])).toEqual([
      'event',
      'count',
      'end-trust',
      'end-pending',
    ])
  })

  it('keeps pending sign-ins and trusted browsers after a new name and a used recovery code', async () => {
    for (const event of ['second-factor-renamed', 'recovery-code-used'] as const) {
      const { calls, report } = setUp()
      await report({ ...change, event })
      expect(calls.map((call) => Array.isArray(call) && call[0])).toEqual([
        'event',
        'count',
        'email',
      ])
    }
  })

  it('rejects after the email if pending sign-ins cannot be ended', async () => {
    const { calls, report } = setUp({ failsToEnd: true })
    await expect(report(change)).rejects.toThrow('unreachable')
    expect(calls.map((call) => Array.isArray(call) && call[0])).toContain('email')
  })

  it('sends the email if the limit cannot be read', async () => {
    const { calls, report } = setUp({ fails: true })
    await report(change)
    expect(calls.map((call) => Array.isArray(call) && call[0])).toEqual([
      'event',
      'email',
      'end-trust',
      'end-pending',
    ])
  })
})
