import { describe, expect, it } from 'vitest'
import { accountPolicy, delayAfter, retryAfterSeconds } from './attempt-policy.ts'
import { agentFamily, referrerHost } from './click.ts'
import { emailKey, mailboxKey, parseEmail } from './email.ts'
import { ipGroup } from './ip-address.ts'
import { minute, parseFormInstant, parseInstant, second } from './time.ts'

const at = (text: string) => Date.parse(text)

describe('parseInstant', () => {
  it.each([
    ['2030-01-31T12:00:00Z', at('2030-01-31T12:00:00Z')],
    ['2030-01-31T12:00:00.123Z', at('2030-01-31T12:00:00.123Z')],
    ['2030-01-31t14:00:00+02:00', at('2030-01-31T12:00:00Z')],
    ['2030-01-31 10:30:00-01:30', at('2030-01-31T12:00:00Z')],
    ['2028-02-29T00:00:00Z', at('2028-02-29T00:00:00Z')],
  ])('parses the instant %s', (text, instant) => {
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
  ])('rejects the instant %j', (text) => {
    expect(parseInstant(text)).toBeNull()
  })

  it.each(['2030-01-31T12:00', '2030-01-31T12:00:00'])(
    'parses the form value %s as UTC',
    (text) => {
      expect(parseFormInstant(text)).toBe(at('2030-01-31T12:00:00Z'))
    },
  )
})

describe('email parsing', () => {
  it.each(['ann@example.com', ' Ann.Lee+tag@Example.com ', 'ann@localhost', 'jörg@bücher.example'])(
    'accepts the email %s',
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
  ])('rejects the email %j', (text) => {
    expect(parseEmail(text)).toBeNull()
  })

  it('compares case-insensitively in NFC', () => {
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
  ])('maps %j to the mailbox %s', (email, mailbox) => {
    expect(mailboxKey(email)).toBe(mailbox)
  })
})

describe('IP address group', () => {
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

describe('stored click data', () => {
  it.each([
    ['https://news.example/item?id=1', 'news.example'],
    ['http://user:pass@News.Example:8080/', 'news.example'],
    ['javascript:alert(1)', null],
    ['android-app://com.example', null],
    ['not a url', null],
    [`https://${'a'.repeat(300)}.example/`, null],
    [null, null],
  ])('reduces the referrer %s to %s', (referrer, host) => {
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
  ])('reduces the user agent %s to %s', (userAgent, family) => {
    expect(agentFamily(userAgent)).toBe(family)
  })
})

describe('delay after failures', () => {
  it('is zero for five failures, then doubles up to 15 minutes', () => {
    const delays = [0, 5, 6, 7, 8, 15, 16, 50, 1_000].map((n) => delayAfter(n, accountPolicy))
    const expected = [0, 0, 1, 2, 4, 512, 900, 900, 900].map((seconds) => seconds * second)
    expect(delays).toEqual(expected)
    expect(accountPolicy.maxDelay).toBe(15 * minute)
  })

  it('is rounded up to whole seconds, at least one', () => {
    expect(retryAfterSeconds(5_001, 4_000)).toBe(2)
    expect(retryAfterSeconds(4_000, 4_000)).toBe(1)
  })
})
