import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { createBlocklistFile } from '../src/adapters/blocklist/blocklist-file.ts'
import { createBlocklist } from '../src/application/operator/blocklist.ts'
import { RepositoryError } from '../src/application/ports/repository-error.ts'
import { minute, second } from '../src/domain/time.ts'
import { aSignedInBrowser, type SignedInBrowser, textOf } from './support/browser.ts'
import { databases } from './support/storage.ts'
import { anApp } from './support/use-app.ts'

const path = '/settings/blocked-domains'

function create(browser: SignedInBrowser, original_url: string, short_code: string) {
  return browser.call('POST', '/api/urls', { original_url, short_code })
}

describe.each(databases)('blocked domain on %s', (kind) => {
  it('is no destination of new, edited and existing links, with the domains below it', async () => {
    await using app = await anApp(kind)
    const operator = await aSignedInBrowser(app)
    const ann = await aSignedInBrowser(app)
    await create(ann, 'https://login.evil.test/x', 'old')
    await create(ann, 'https://fine.test/', 'fine')
    expect((await app.send('/old')).status).toBe(302)
    const fields = { domain: 'https://EVIL.test/', reason: 'phishing' }
    expect((await operator.submit(path, fields)).location).toBe(path)
    for (const shortPath of ['/old', '/old+']) {
      const blocked = await app.send(shortPath, { headers: [['Accept', 'text/html']] })
      expect([blocked.status, blocked.headers.location]).toEqual([410, undefined])
      expect(blocked.body).not.toContain('evil')
    }
    const created = await create(ann, 'https://evil.test:8443/', 'new')
    expect([created.status, created.json()]).toMatchObject([
      400,
      { error: { fields: { original_url: 'This site does not allow links to this domain.' } } },
    ])
    const edit = { original_url: 'https://a.b.evil.test/' }
    expect((await ann.call('PATCH', '/api/urls/fine', edit)).status).toBe(400)
    expect((await create(ann, 'https://notevil.test/', 'other')).status).toBe(201)
    expect(textOf(await operator.open(path))).toContain('evil.test')
    await operator.submit(`${path}/unblock`, { domain: 'evil.test' }, { on: path })
    expect((await app.send('/old')).status).toBe(302)
    await app.flushSecurityEvents()
    const log = textOf(await operator.open('/settings/security-log'))
    expect(log).toContain('You blocked a domain: evil.test')
    expect(log).toContain('You unblocked a domain: evil.test')
  })

  it('is added once, with a message for what is no domain', async () => {
    await using app = await anApp(kind)
    const operator = await aSignedInBrowser(app)
    const invalid = await operator.submit(path, { domain: 'com', reason: 'spam' })
    expect([invalid.status, textOf(invalid).includes('Enter a domain')]).toEqual([400, true])
    const { blocklist } = app.features
    const input = { domain: 'bücher.test', reason: 'spam' }
    const results = await Promise.all([1, 2].map(() => blocklist.block(operator.account, input)))
    expect(results.map(({ status }) => status).toSorted()).toEqual(['already-blocked', 'blocked'])
    const ann = await app.account()
    expect(await blocklist.block(ann, input)).toEqual({ status: 'not-found' })
    expect(await blocklist.unblock(ann, 'xn--bcher-kva.test')).toBe(false)
    expect(await blocklist.isBlocked('https://www.xn--bcher-kva.test/')).toBe(true)
  })

  it('takes effect in other processes within a minute, and while the database fails', async () => {
    await using app = await anApp(kind)
    const operator = await app.account()
    const { persistence, clock } = app
    const errors: unknown[] = []
    const log = {
      info: () => {},
      warn: () => {},
      error: (error: unknown) => void errors.push(error),
    }
    let isFailing = true
    const blockedDomains = {
      ...persistence.blockedDomains,
      version: () =>
        isFailing
          ? Promise.reject(new RepositoryError('planted'))
          : persistence.blockedDomains.version(),
    }
    const other = createBlocklist({ blockedDomains, blocklistFile: null, clock, log })
    await expect(other.isBlocked('https://evil.test')).rejects.toThrow('planted')
    isFailing = false
    expect(await other.isBlocked('https://evil.test')).toBe(false)
    await app.features.blocklist.block(operator, { domain: 'evil.test', reason: 'spam' })
    clock.advance(minute + second)
    expect(await other.isBlocked('https://evil.test')).toBe(true)
    isFailing = true
    clock.advance(minute + second)
    expect(await other.isBlocked('https://evil.test')).toBe(true)
    expect(errors).toHaveLength(1)
  })
})

describe('blocklist file', () => {
  it('is read again when it changes, with its invalid lines counted', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'blocklist-'))
    const file = join(folder, 'domains.txt')
    const reports: unknown[] = []
    try {
      const list = createBlocklistFile(file, {
        onRead: (report) => void reports.push(report),
        onFailure: (problem) => void reports.push(problem),
      })
      expect(await list.readChanged()).toBeNull()
      expect(await list.readChanged()).toBeNull()
      writeFileSync(
        file,
        `# list\r\n0.0.0.0 evil.test\r\n\r\nnonsense\n${'x'.repeat(5_000)}.test\n`,
      )
      expect(await list.readChanged()).toEqual(new Set(['evil.test']))
      expect(await list.readChanged()).toBeNull()
      writeFileSync(file, 'other.test and more\nbücher.test')
      expect(await list.readChanged()).toEqual(new Set(['xn--bcher-kva.test']))
      expect(reports).toEqual([
        'ENOENT',
        { domains: 1, invalidLines: 2 },
        { domains: 1, invalidLines: 1 },
      ])
    } finally {
      rmSync(folder, { recursive: true })
    }
  })
})
