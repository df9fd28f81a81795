import { describe, expect, it } from 'vitest'
import { describeOtherHost } from './other-host.ts'

const settingsOf = (host: string, isHttps = false) => describeOtherHost({ host, isHttps }).settings

describe('describeOtherHost', () => {
  it.each(['192.168.1.20:8080', '10.0.0.5', '172.16.0.1:8080', '[fd00::1]:8080', '[fe80::1]'])(
    'names the variables for the private IP address %s over http',
    (host) => {
      expect(settingsOf(host)).toEqual([`BASE_URL=http://${host}`, 'ALLOW_PLAIN_HTTP=on'])
    },
  )

  it.each(['nas.lan', 'nas:8443', 'nas.local', '192.168.1.20', '203.0.113.7'])(
    'names BASE_URL for %s over https',
    (host) => {
      expect(settingsOf(host, true)).toEqual([`BASE_URL=https://${host}`])
    },
  )

  it.each(['nas.lan:8080', 'nas', '203.0.113.7:8080', '[2001:db8::1]'])(
    'names no variable for %s, which cannot work over plain http',
    (host) => {
      expect(describeOtherHost({ host, isHttps: false })).toEqual({
        origin: `http://${host}`,
        settings: [],
      })
    },
  )

  it.each(['evil.test', 'links.example:8080', 'evil.lan.test', 'xlan.test'])(
    'does not repeat the public name %s',
    (host) => {
      for (const isHttps of [false, true]) {
        expect(describeOtherHost({ host, isHttps })).toEqual({ origin: null, settings: [] })
      }
    },
  )
})
