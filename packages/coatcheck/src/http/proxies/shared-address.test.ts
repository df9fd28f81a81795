import { describe, expect, it } from 'vitest'
import type { SessionEvent } from '../../domain/events.ts'
import { createFakeClock } from '../../testing/fake-clock.ts'
import { createProxyTrust } from './client-address.ts'
import { createSharedAddressReporter } from './shared-address.ts'

interface Verified {
  readonly peer: string | null
  readonly forwarded?: string
  readonly isThrottled?: boolean
}

/** Reports verifications behind the trusted proxies and returns the events. */
function reportAll(
  verified: readonly Verified[],
  trustedProxies: readonly string[] | number = ['10.0.0.1', '203.0.113.1'],
): readonly Partial<SessionEvent>[] {
  const events: SessionEvent[] = []
  const proxyTrust = createProxyTrust({ trustedProxies })
  const report = (event: SessionEvent) => void events.push(event)
  const reporter = createSharedAddressReporter({ proxyTrust, clock: createFakeClock(), report })
  for (const { peer, forwarded, isThrottled = false } of verified) {
    const headers = new Headers(forwarded === undefined ? {} : { 'X-Forwarded-For': forwarded })
    const head = { method: 'GET', url: '/', headers }
    const incoming = { head, peerAddress: peer, isEncrypted: false, readBody: neverRead }
    reporter(incoming, proxyTrust.clientIpAddress(peer, headers), isThrottled)
  }
  return events
}

function neverRead(): never {
  throw new Error('The body is not read.')
}

describe('shared IP address of clients', () => {
  it.each([
    ['10.0.0.1', undefined],
    ['203.0.113.1', undefined],
    ['10.0.0.1', 'unknown'],
    ['::ffff:10.0.0.1', ''],
  ])('is reported for the trusted proxy %s that forwards %s', (peer, forwarded) => {
    const [event, ...rest] = reportAll([{ peer, ...(forwarded !== undefined && { forwarded }) }])
    const ipAddress = peer.replace('::ffff:', '')
    expect(event).toMatchObject({ type: 'client-address-shared', ipAddress })
    expect(event).toMatchObject({ reason: 'no-forwarded-address' })
    expect(rest).toEqual([])
  })

  it.each(['127.0.0.1', '192.168.1.2', '172.31.0.9', '::1', 'fd00::2'])(
    'is reported for the private IP address %s of a proxy that is not trusted',
    (peer) => {
      expect(reportAll([{ peer, forwarded: '198.51.100.7' }])).toMatchObject([
        { ipAddress: peer, reason: 'proxy-not-trusted' },
      ])
    },
  )

  it('is reported for a private IP address without forwarded one only if it is throttled', () => {
    expect(reportAll([{ peer: '127.0.0.1' }])).toEqual([])
    const throttled = { peer: '127.0.0.1', isThrottled: true }
    expect(reportAll([throttled])).toMatchObject([{ reason: 'no-forwarded-address' }])
  })

  it('is reported for a unix socket that forwards none, or is not trusted', () => {
    const shared = { type: 'client-address-shared', ipAddress: null }
    const none = { ...shared, reason: 'no-forwarded-address' }
    const forwarded = '198.51.100.7'
    expect(reportAll([{ peer: 'unix' }], ['unix'])).toMatchObject([none])
    expect(reportAll([{ peer: 'unix', forwarded }], ['unix'])).toEqual([])
    expect(reportAll([{ peer: 'unix', forwarded }])).toMatchObject([
      { ...shared, reason: 'proxy-not-trusted' },
    ])
    expect(reportAll([{ peer: 'unix' }])).toEqual([])
  })

  it('is reported for a counted proxy that forwards none', () => {
    const forwarded = '198.51.100.7'
    expect(reportAll([{ peer: '198.51.100.1', forwarded }], 1)).toEqual([])
    expect(reportAll([{ peer: '198.51.100.1' }], 1)).toMatchObject([
      { reason: 'no-forwarded-address', ipAddress: '198.51.100.1' },
    ])
  })

  it('is reported once', () => {
    const proxied = { peer: '10.0.0.1' }
    expect(reportAll([proxied, proxied, { peer: '127.0.0.1', isThrottled: true }])).toHaveLength(1)
  })

  it('is not reported for forwarded, public and unknown IP addresses', () => {
    const forwarded = '198.51.100.7'
    const clients = [
      { peer: '10.0.0.1', forwarded },
      { peer: '10.0.0.1', forwarded: '192.168.1.2' },
      { peer: '198.51.100.8', forwarded },
      { peer: '198.51.100.8', isThrottled: true },
      { peer: null },
    ]
    expect(reportAll(clients)).toEqual([])
  })
})
