import { describe, expect, it } from 'vitest'
import { accountPolicy, delayAfter, retryAfterSeconds } from './attempt-policy.ts'
import { agentFamily, referrerHost } from './click.ts'
import { emailKey, mailboxKey, parseEmail } from './email.ts'
import { parseExpiry } from './expiry.ts'
import { ipGroup } from './ip-address.ts'
import { parseFormInstant, parseInstant } from './parse-instant.ts'
import { minute, second } from './time.ts'

const at = (text: string) => Date.parse(text)

describe('an instant', () => {
  it.each([
    ['2030-01-31T12:00:00Z', at('2030-01-31T12:00:00Z')],
    ['2030-01-31T12:00:00.123Z', at('2030-01-31T12:00:00.123Z')],
    ['2030-01-31t14:00:00+02:00', at('2030-01-31T12:00:00Z')],
    ['2030-01-31 10:30:00-01:30', at('2030-01-31T12:00:00Z')],
    ['2028-02-29T00:00:00Z', at('2028-02-29T00:00:00Z')],
  ])('is read from %s', (text, instant) => {
    expect(parseInstant(text)).toBe(instant)
  })

  it.each([
    ...[
      '',
      'now',
      '2030',
      '2030-01-31',
      '2030-01-31T12:00',
      '2030-01-31T12:00:00',
      '1893456000000',
    ],
    ...[
      '2030-02-30T12:00:00Z',
      '2030-13-01T12:00:00Z',
      '2030-01-31T25:00:00Z',
      '2030-00-10T00:00:00Z',
      '2030-01-31T24:00:00Z',
    ],
    ...['2030-01-31T12:00:00+0200', '2030-01-31T12:00:00Z ', '+002030-01-31T12:00:00Z'],
  ])('is not read from %j', (text) => {
    expect(parseInstant(text)).toBeNull()
  })

  it.each(['2030-01-31T12:00', '2030-01-31T12:00:00'])('of a form is UTC: %s', (text) => {
    expect(parseFormInstant(text)).toBe(at('2030-01-31T12:00:00Z'))
  })
})

describe('an expiry', () => {
  const now = at('2030-01-01T00:00:00Z')

  it.each([undefined, null, '', ' '])('of %j is never', (text) => {
    expect(parseExpiry(text, now)).toEqual({ status: 'ok', expiresAt: null })
  })

  it('lies in the future', () => {
    expect(parseExpiry('2030-01-01T00:00:01Z', now)).toMatchObject({ expiresAt: now + second })
    expect(parseExpiry('2030-01-01T00:00:00Z', now)).toMatchObject({ status: 'invalid' })
    expect(parseExpiry('2029-12-31T23:59', now)).toMatchObject({ status: 'invalid' })
    expect(parseExpiry('9999-12-31T23:59', now)).toMatchObject({ status: 'invalid' })
    expect(parseExpiry('soon', now)).toMatchObject({ status: 'invalid' })
  })
})

describe('an email address', () => {
  it.each(['ann@example.com', ' Ann.Lee+tag@Example.com ', 'ann@localhost', 'jörg@bücher.example'])(
    'may be %s',
    (text) => {
      expect(parseEmail(text)).toBe(text.trim())
    },
  )

  it.each([
    ...['', 'ann', 'ann@', '@example.com', 'a b@example.com', 'ann@exa mple.com', 'a@b@c.example'],
    ...[
      'ann@example.com\nbcc:x@y.example',
      'ann\u0000@example.com',
      '"a"@b.example',
      'Ann <a@b.example>',
    ],
    `${'a'.repeat(65)}@example.com`,
    `ann@${'a'.repeat(255)}`,
    'a\ufffdnn@example.com',
    'ann@ex\ufffdmple.com',
  ])('may not be %j', (text) => {
    expect(parseEmail(text)).toBeNull()
  })

  it('is compared without case and in one composition', () => {
    expect(emailKey(' Jo\u0308RG@Example.com ')).toBe(emailKey('j\u00f6rg@example.com'))
    expect(emailKey('ann.lee@example.com')).not.toBe(emailKey('annlee@example.com'))
  })

  it.each([
    ['Ann+shop@Example.com', 'ann@example.com'],
    ['ann+a+b@example.com.', 'ann@example.com'],
    ['ann@\uff45xample\u3002com', 'ann@example.com'],
    ['j\u00f6rg@b\u00fccher.example', 'j\u00f6rg@xn--bcher-kva.example'],
    ['+ann@localhost', '+ann@localhost'],
    ['ann@no host%', 'ann@no host%'],
  ])('of %j leads to the mailbox %s', (email, mailbox) => {
    expect(mailboxKey(email)).toBe(mailbox)
  })
})

describe('an address group', () => {
  it.each([
    ['192.0.2.7', '192.0.2.7'],
    ['::ffff:192.0.2.7', '192.0.2.7'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:0db8:1:2::1', '2001:db8:1:2::/64'],
    ['2001:db8::1', '2001:db8:0:0::/64'],
    ['::1', '0:0:0:0::/64'],
    ['FE80::1%eth0', 'fe80:0:0:0::/64'],
    [null, 'unknown'],
  ])('of %s is %s', (address, group) => {
    expect(ipGroup(address)).toBe(group)
  })
})

describe('a click keeps', () => {
  it.each([
    ['https://news.example/item?id=1', 'news.example'],
    ['http://user:pass@News.Example:8080/', 'news.example'],
    ['javascript:alert(1)', null],
    ['android-app://com.example', null],
    ['not a url', null],
    [`https://${'a'.repeat(300)}.example/`, null],
    [null, null],
  ])('of the referrer %s only %s', (referrer, host) => {
    expect(referrerHost(referrer)).toBe(host)
  })

  it.each([
    [
      'Mozilla/5.0 (X11) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36',
      'Chrome',
    ],
    ['Mozilla/5.0 AppleWebKit/537.36 Chrome/140.0 Safari/537.36 Edg/140.0', 'Edge'],
    ['Mozilla/5.0 AppleWebKit/537.36 Chrome/140.0 Safari/537.36 OPR/120.0', 'Opera'],
    ['Mozilla/5.0 (Macintosh) AppleWebKit/605.1 Version/18.0 Safari/605.1', 'Safari'],
    ['Mozilla/5.0 (X11; rv:140.0) Gecko/20100101 Firefox/140.0', 'Firefox'],
    ['something else', null],
    [null, null],
  ])('of the agent %s only %s', (userAgent, family) => {
    expect(agentFamily(userAgent)).toBe(family)
  })
})

describe('the delay after failures', () => {
  it('is nothing for five, then doubles up to fifteen minutes', () => {
    const delays = [0, 5, 6, 7, 8, 15, 16, 50, 1_000].map((n) => delayAfter(n, accountPolicy))
    const expected = [0, 0, 1, 2, 4, 512, 900, 900, 900].map((seconds) => seconds * second)
    expect(delays).toEqual(expected)
    expect(accountPolicy.maxDelay).toBe(15 * minute)
  })

  it('is told in whole seconds, at least one', () => {
    expect(retryAfterSeconds(5_001, 4_000)).toBe(2)
    expect(retryAfterSeconds(4_000, 4_000)).toBe(1)
  })
})
