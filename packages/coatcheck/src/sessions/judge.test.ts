import { describe, expect, it } from 'vitest'
import type { AssuranceLevel } from '../domain/authentication.ts'
import type { Client } from '../domain/client.ts'
import { day, minute, second } from '../domain/time.ts'
import { secretFrom } from '../domain/token.ts'
import { anInstant, aSessionRecord } from '../testing/builders.ts'
import type { ClientPolicy } from './client-check.ts'
import { isSecretAccepted, type Judgment, judge } from './judge.ts'
import { hashPresented, hashSecret } from './secret.ts'

const secrets = {
  current: secretFrom(new Uint8Array(32).fill(1)),
  previous: secretFrom(new Uint8Array(32).fill(2)),
  unrelated: secretFrom(new Uint8Array(32).fill(3)),
}

const signInClient: Client = { ipAddress: '2001:db8::7', userAgent: 'Laptop' }
const clients = {
  'the same': signInClient,
  'same network': { ...signInClient, ipAddress: '2001:db8::8' },
  'other network': { ...signInClient, ipAddress: '2001:db8:1::7' },
  'other agent': { ...signInClient, userAgent: 'Phone' },
  unknown: { ipAddress: null, userAgent: null },
  unchecked: null,
}

const policies = {
  off: { ipAddressCheck: 'off', userAgentCheck: 'off' },
  log: { ipAddressCheck: 'log', userAgentCheck: 'log' },
  subnet: { ipAddressCheck: 'subnet', userAgentCheck: 'log' },
  'strict address': { ipAddressCheck: 'strict', userAgentCheck: 'log' },
  'strict agent': { ipAddressCheck: 'log', userAgentCheck: 'strict' },
  strict: { ipAddressCheck: 'strict', userAgentCheck: 'strict' },
} satisfies Record<string, ClientPolicy>

const unrotated = aSessionRecord({ ...signInClient, secretHash: hashSecret(secrets.current) })
/** Rotated after a minute, with a grace period of five seconds. */
const rotated = {
  ...unrotated,
  previousSecretHash: hashSecret(secrets.previous),
  previousSecretExpiresAt: anInstant + minute + 5 * second,
  rotatedAt: anInstant + minute,
}
const records = {
  unrotated,
  rotated,
  'rotated without grace': { ...rotated, previousSecretExpiresAt: rotated.rotatedAt },
  revoked: { ...rotated, endedAt: anInstant + second, endReason: 'signed-out' },
  missing: null,
  unreadable: 'unreadable',
} as const

interface Presentation {
  readonly record: keyof typeof records
  readonly secret: keyof typeof secrets
  readonly client?: keyof typeof clients
  readonly policy?: keyof typeof policies
  /** Milliseconds from the sign-in to now, and to the activity recorded in this process. */
  readonly after?: number
  readonly activityAfter?: number
  /** Default 1. */
  readonly requiredLevel?: AssuranceLevel
}

function judgePresented(presentation: Presentation): Judgment {
  const { record, secret, client = 'the same', policy = 'log' } = presentation
  const { after = 0, activityAfter, requiredLevel = 1 } = presentation
  return judge(records[record], hashPresented(secrets[secret]), {
    client: clients[client],
    policy: policies[policy],
    requiredLevel,
    now: anInstant + after,
    recordedActivityAt: activityAfter === undefined ? null : anInstant + activityAfter,
  })
}

function textOf(judgment: Judgment): string {
  if (judgment.status === 'active') return `active, ${judgment.match} secret`
  return 'reason' in judgment ? `${judgment.status}: ${judgment.reason}` : judgment.status
}

const grace = minute + 5 * second
const inFlight = minute + 10 * second
const idle = 30 * minute

describe('judge', () => {
  it.each([
    ['missing', 'current', 0, 'unknown'],
    ['unreadable', 'current', 0, 'unreadable'],
    ['unrotated', 'current', 0, 'active, current secret'],
    ['unrotated', 'current', idle - 1, 'active, current secret'],
    ['unrotated', 'current', idle, 'ended: idle-timeout'],
    ['unrotated', 'current', day, 'ended: absolute-timeout'],
    ['unrotated', 'previous', 0, 'wrong-secret'],
    ['unrotated', 'unrelated', 0, 'wrong-secret'],
    ['rotated', 'current', minute, 'active, current secret'],
    ['rotated', 'previous', grace - 1, 'active, previous secret'],
    ['rotated', 'previous', grace, 'secret-replaced'],
    ['rotated', 'previous', inFlight - 1, 'secret-replaced'],
    ['rotated', 'previous', inFlight, 'secret-reused'],
    ['rotated', 'unrelated', minute, 'wrong-secret'],
    ['rotated without grace', 'previous', minute, 'secret-replaced'],
    ['rotated without grace', 'previous', inFlight, 'secret-reused'],
    // An end takes precedence over reuse, and a wrong secret over an end.
    ['rotated', 'previous', idle, 'ended: idle-timeout'],
    ['rotated', 'unrelated', idle, 'wrong-secret'],
    ['revoked', 'current', minute, 'ended: signed-out'],
    ['revoked', 'previous', minute, 'ended: signed-out'],
    ['revoked', 'previous', inFlight, 'ended: signed-out'],
    ['revoked', 'current', day, 'ended: signed-out'],
    ['revoked', 'unrelated', minute, 'wrong-secret'],
  ] as const)('%s record, %s secret after %d ms: %s', (...row) => {
    const [record, secret, after, expected] = row
    expect(textOf(judgePresented({ record, secret, after }))).toBe(expected)
  })

  it.each([
    ['log', 'the same', 'active, current secret'],
    ['log', 'other network', 'active, current secret'],
    ['log', 'other agent', 'active, current secret'],
    ['log', 'unknown', 'active, current secret'],
    ['off', 'unknown', 'active, current secret'],
    ['subnet', 'the same', 'active, current secret'],
    ['subnet', 'same network', 'active, current secret'],
    ['subnet', 'other network', 'client-rejected: ip-address-changed'],
    ['subnet', 'other agent', 'active, current secret'],
    ['subnet', 'unknown', 'client-rejected: ip-address-changed'],
    ['strict address', 'same network', 'client-rejected: ip-address-changed'],
    ['strict address', 'other agent', 'active, current secret'],
    ['strict agent', 'other network', 'active, current secret'],
    ['strict agent', 'other agent', 'client-rejected: user-agent-changed'],
    ['strict', 'the same', 'active, current secret'],
    ['strict', 'unknown', 'client-rejected: ip-address-changed'],
    ['strict', 'unchecked', 'active, current secret'],
  ] as const)('policy %s, client %s: %s', (policy, client, expected) => {
    const judgment = judgePresented({ record: 'unrotated', secret: 'current', policy, client })
    expect(textOf(judgment)).toBe(expected)
  })

  it.each([
    ['unrelated', 0, 'wrong-secret'],
    ['current', idle, 'ended: idle-timeout'],
    ['previous', grace - 1, 'client-rejected: ip-address-changed'],
    ['previous', grace, 'secret-replaced'],
    ['previous', inFlight, 'secret-reused'],
  ] as const)('rejected client, %s secret after %d ms: %s', (secret, after, expected) => {
    const rejectedClient = { policy: 'strict', client: 'unknown' } as const
    const judgment = judgePresented({ record: 'rotated', secret, after, ...rejectedClient })
    expect(textOf(judgment)).toBe(expected)
  })

  it.each([
    [minute, idle, 'active, current secret'],
    [minute, minute + idle - 1, 'active, current secret'],
    [minute, minute + idle, 'ended: idle-timeout'],
    // Earlier than the activity in the record, which another process has written.
    [-minute, idle - 1, 'active, current secret'],
    [day - 1, day, 'ended: absolute-timeout'],
  ] as const)('activity recorded after %d ms, judged after %d ms: %s', (...row) => {
    const [activityAfter, after, expected] = row
    const times = { after, activityAfter }
    const judgment = judgePresented({ record: 'unrotated', secret: 'current', ...times })
    expect(textOf(judgment)).toBe(expected)
  })

  it.each([
    ['unrotated', 'current', 0, 'assurance-too-low'],
    ['rotated', 'previous', grace - 1, 'assurance-too-low'],
    // What ends a session, or makes a secret invalid, takes precedence.
    ['unrotated', 'current', idle, 'ended: idle-timeout'],
    ['unrotated', 'unrelated', 0, 'wrong-secret'],
    ['rotated', 'previous', inFlight, 'secret-reused'],
  ] as const)('required level 2, %s record, %s secret after %d ms: %s', (...row) => {
    const [record, secret, after, expected] = row
    const judgment = judgePresented({ record, secret, after, requiredLevel: 2 })
    expect(textOf(judgment)).toBe(expected)
  })

  it('returns the record and the time of the judgment if the secret matches', () => {
    const judgment = judgePresented({ record: 'rotated', secret: 'previous', after: inFlight })
    expect(judgment).toEqual({ status: 'secret-reused', record: rotated, at: anInstant + inFlight })
  })
})

describe('isSecretAccepted', () => {
  it.each([
    ['unrotated', 'current', 'the same', true],
    ['unrotated', 'current', 'unknown', true],
    ['unrotated', 'unrelated', 'the same', false],
    ['rotated', 'current', 'the same', true],
    ['rotated without grace', 'previous', 'the same', false],
    ['revoked', 'current', 'the same', false],
    ['missing', 'current', 'the same', false],
    ['unreadable', 'current', 'the same', false],
  ] as const)('%s record, %s secret, client %s: %s', (...row) => {
    const [record, secret, client, expected] = row
    const judgment = judgePresented({ record, secret, client, policy: 'strict', after: minute })
    expect(isSecretAccepted(judgment)).toBe(expected)
  })
})
