import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { describeWithProgram } from '../../../tools/testing/optional-programs.ts'
import { loadConfig } from '../src/config/config.ts'
import { deployed } from './process/support/reverse-proxy.ts'

const root = fileURLToPath(new URL('../../../', import.meta.url))

/** The variables of a file for systemd and Compose, also those that are commented out. */
function variablesIn(text: string): Readonly<Record<string, string>> {
  const assignments = text.matchAll(/^#?(?<name>[A-Z_]+)=(?<quote>'?)(?<value>.*)\k<quote>$/gm)
  return Object.fromEntries(
    [...assignments].map(({ groups }) => [groups?.name ?? '', groups?.value ?? '']),
  )
}

function problemsOf(environment: Readonly<Record<string, string>>) {
  const result = loadConfig(environment, { readSecretFile: () => null })
  return result.status === 'ok' ? [] : result.problems
}

describe('the example of the settings', () => {
  it('has values that the app accepts', () => {
    const variables = variablesIn(deployed('mjrwtf.env.example'))
    expect(Object.keys(variables)).toEqual(['BASE_URL', 'SMTP_URL', 'MAIL_FROM', 'SIGNUP'])
    expect(problemsOf(variables)).toEqual([])
  })
})

describe.each(['sqlite', 'postgres'])('the Compose file for %s', (name) => {
  const compose = deployed(`compose.${name}.yml`)
  const setting = (variable: string) =>
    (new RegExp(`^ +${variable}: (\\S+)`, 'm').exec(compose)?.[1] ?? '').replaceAll(
      /\$\{(\w+)[^}]*\}?/g,
      'value-of-$1',
    )

  it('trusts the address of Caddy alone, outside the range of other containers', () => {
    expect(setting('TRUSTED_PROXIES')).toBe(setting('ipv4_address'))
    expect(setting('ipv4_address')).toBe('172.30.250.2')
    expect(setting('ip_range')).toBe('172.30.250.8/29')
  })

  it('publishes the ports of Caddy alone', () => {
    expect(compose.match(/^ +- [\d:]+(?:\/udp)?$/gm)).toEqual([
      '      - 80:80',
      '      - 443:443',
      '      - 443:443/udp',
    ])
    expect(compose.indexOf('ports:')).toBeGreaterThan(compose.indexOf('\n  caddy:'))
  })

  it('runs the app without capabilities and with a read-only file system', () => {
    const app = compose.slice(compose.indexOf('\n  app:'), compose.indexOf('\n  caddy:'))
    expect(app).toMatch(/ read_only: true\n(?:.*\n)*? {4}cap_drop:\n {6}- ALL\n/)
    expect(app).toContain('no-new-privileges:true')
  })
})

it('the connection of the Compose file for PostgreSQL is one that the app accepts', () => {
  const [, url = ''] = /DATABASE_URL: (\S.*)$/m.exec(deployed('compose.postgres.yml')) ?? []
  const environment = {
    BASE_URL: 'https://links.example',
    DATABASE_URL: url.replace(/\$\{[^}]*\}/, 'password'),
    SECRET_KEYS: 'k7Zq2vXw9RtYb4Nc8Lm3Hd6Jf1Gs5Ap0-_uEiOoTrWx',
  }
  expect(problemsOf(environment)).toEqual([])
})

describeWithProgram({ name: 'systemd', command: 'systemd-analyze' }, () => {
  it('accepts the unit, and rates its exposure at most 2 of 10', () => {
    const folder = mkdtempSync(join(tmpdir(), 'mjrwtf-systemd-'))
    const unit = join(folder, 'mjrwtf.service')
    writeFileSync(unit, deployed('systemd/mjrwtf.service').replaceAll('/opt/mjrwtf/', root))
    const analyze = (...args: readonly string[]) =>
      execFileSync('systemd-analyze', args, { encoding: 'utf8', stdio: 'pipe' })
    try {
      expect(analyze('verify', unit)).toBe('')
      expect(analyze('security', '--offline=true', '--threshold=20', unit)).toContain('level')
    } finally {
      rmSync(folder, { recursive: true })
    }
  })
})
