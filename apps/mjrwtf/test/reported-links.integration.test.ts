import { describe, expect, it } from 'vitest'
import { closedReportRetention, maxOpenReportsOfLink } from '../src/domain/link-report.ts'
import { rateLimits } from '../src/domain/rate-limits.ts'
import { hour } from '../src/domain/time.ts'
import { aBrowser, aSignedInBrowser, type SignedInBrowser, textOf } from './support/browser.ts'
import type { TestApp } from './support/open-app.ts'
import { databases } from './support/storage.ts'
import { anApp } from './support/use-app.ts'

async function addLink(browser: SignedInBrowser, short_code: string, original_url: string) {
  const answer = await browser.call('POST', '/api/urls', { original_url, short_code })
  expect(answer.status).toBe(201)
}

/** An administrator, and a user with a phishing link. */
async function aReportedTeam(app: TestApp) {
  const operator = await aSignedInBrowser(app)
  const ann = await aSignedInBrowser(app)
  await addLink(ann, 'sale', 'https://login.Evil.test/account')
  await addLink(ann, 'fine', 'https://fine.test/')
  return { operator, ann }
}

const report = (app: TestApp, code: string, fields: Readonly<Record<string, string>>) =>
  aBrowser(app).submit(`/report/${code}`, { comment: '', ...fields })

const idOf = async (app: TestApp, code: string) =>
  String(
    Object((await app.storage.query(`SELECT id FROM links WHERE short_code = '${code}'`))[0]).id,
  )

async function idsIn(browser: SignedInBrowser, path: string): Promise<readonly string[]> {
  const { body } = await browser.open(path)
  return [...body.matchAll(/\/settings\/links\/([\w-]{22})"/g)].map(([, id = '']) => id)
}

describe.each(databases)('reported link on %s', (kind) => {
  it('is reported without an account, taken down from the queue, and logged on both sides', async () => {
    await using app = await anApp(kind)
    const { operator, ann } = await aReportedTeam(app)
    const preview = await app.send('/sale+', { headers: [['Accept', 'text/html']] })
    expect(preview.body).toContain(`href="${app.baseUrl}/report/sale"`)
    const comment = 'It asks for my password.\u202e <b>'
    const sent = await report(app, 'SALE', { reason: 'phishing', comment })
    expect([sent.status, sent.location]).toEqual([303, '/'])
    const queue = await operator.open('/settings/reports')
    expect(textOf(queue)).toContain('Phishing')
    expect(queue.body).toContain('It asks for my password.  &lt;b&gt;')
    expect(queue.body).toContain(ann.account.email)
    const id = await idOf(app, 'sale')
    const page = await operator.open(`/settings/links/${id}`)
    expect(page.body).toMatch(/value="phishing" selected/)
    expect(page.body).not.toContain('href="https://login.evil.test')
    const action = `/settings/links/${id}/take-down`
    const on = { on: `/settings/links/${id}` }
    expect((await operator.submit(action, { reason: 'phishing' }, on)).status).toBe(303)
    expect((await app.send('/sale')).status).toBe(410)
    expect(textOf(await operator.open('/settings/reports'))).toContain('No open reports')
    expect(app.emails().at(-1)).toMatchObject({
      to: ann.account.email,
      email: { kind: 'operator-action', action: 'link-taken-down' },
    })
    await app.flushSecurityEvents()
    const logs = [operator, ann].map((browser) => browser.open('/settings/security-log'))
    const [actor = '', owner = ''] = (await Promise.all(logs)).map(textOf)
    expect(actor).toContain('You took down a link: sale')
    expect(owner).toContain('An administrator took down a link: sale phishing')
    await operator.submit(`/settings/links/${id}/restore`, {}, on)
    expect((await app.send('/sale')).status).toBe(302)
    expect((await report(app, 'sale', { reason: 'spam' })).status).toBe(303)
    await operator.submit(`/settings/links/${id}/dismiss`, {}, on)
    expect(textOf(await operator.open('/settings/reports'))).toContain('No open reports')
    expect((await app.send('/sale')).status).toBe(302)
  })

  it('has bounded reports, which are deleted after a while', async () => {
    await using app = await anApp(kind)
    await aReportedTeam(app)
    const id = await idOf(app, 'sale')
    const { linkReports } = app.persistence
    const rest = { linkId: id, reason: 'spam', comment: '', createdAt: app.clock.now() } as const
    for (let n = 0; n < maxOpenReportsOfLink; n += 1)
      expect(await linkReports.add({ id: `report-${n}`, ...rest })).toBe('added')
    expect(await linkReports.add({ id: 'one-more', ...rest })).toBe('duplicate')
    expect((await report(app, 'sale', { reason: 'spam' })).status).toBe(303)
    expect(await linkReports.closeOfLink(id, app.clock.now())).toBe(maxOpenReportsOfLink)
    const before = app.clock.now() + closedReportRetention
    await linkReports.purgeBatch(before)
    expect(await app.storage.query('SELECT id FROM link_reports')).toEqual([])
  })

  it('is reported a limited number of times per network', async () => {
    await using app = await anApp(kind)
    await aReportedTeam(app)
    for (let n = 0; n < rateLimits.linkReports.max; n += 1)
      expect((await report(app, 'sale', { reason: 'spam' })).status).toBe(303)
    const limited = await report(app, 'sale', { reason: 'spam' })
    expect([limited.status, textOf(limited).includes('Try again in 1 hour.')]).toEqual([429, true])
    app.clock.advance(hour)
  })

  it('names the field that is wrong and keeps the comment', async () => {
    await using app = await anApp(kind)
    await aReportedTeam(app)
    const missing = await report(app, 'sale', { reason: 'nonsense', comment: 'see <this>' })
    expect([missing.status, textOf(missing).includes('Choose what is wrong')]).toEqual([400, true])
    expect(missing.body).toContain('see &lt;this&gt;')
    const long = await report(app, 'sale', { reason: 'spam', comment: 'x'.repeat(1_001) })
    expect(textOf(long)).toContain('Use at most 1000 characters.')
    expect((await aBrowser(app).open('/report/nolink')).status).toBe(404)
  })
})

const goTest = { host: 'go.test', root_url: '', not_found_url: '', not_found_text: '' }

describe.each(databases)('links of all users on %s', (kind) => {
  it('are found by code, short URL, destination, host and owner, newest first', async () => {
    await using app = await anApp(kind)
    const { operator, ann } = await aReportedTeam(app)
    await addLink(operator, 'other', 'https://login.evil.test:8443/x?y=//z')
    const [sale, fine, other] = [
      await idOf(app, 'sale'),
      await idOf(app, 'fine'),
      await idOf(app, 'other'),
    ]
    const find = (text: string) => idsIn(operator, `/settings/links?q=${encodeURIComponent(text)}`)
    expect((await find('')).toSorted()).toEqual([sale, fine, other].toSorted())
    expect(await find('SALE')).toEqual([sale])
    expect(await find(`${app.baseUrl}/sale+`)).toEqual([sale])
    await operator.submit('/settings/domains', goTest, { on: '/settings/domains' })
    expect(await find('go.test/sale')).toEqual([sale])
    expect(await find('login.EVIL.test')).toEqual([sale])
    expect(await find('https://login.evil.test:8443/anything')).toEqual([other])
    expect((await find(ann.account.email.toUpperCase())).toSorted()).toEqual(
      [sale, fine].toSorted(),
    )
    expect(await find('evil.test')).toEqual([])
    expect(await find('nobody@users.test')).toEqual([])
    const first = await operator.open('/settings/links?limit=2')
    expect(first.body).toContain('rel="next"')
  })

  it('are shown to administrators only, by the use cases too', async () => {
    await using app = await anApp(kind)
    const { ann } = await aReportedTeam(app)
    const id = await idOf(app, 'fine')
    const { manageLinks } = app.features
    const page = { start: null, limit: 10 }
    expect(await manageLinks.list(ann.account, { text: '', ...page })).toMatchObject({ links: [] })
    expect(await manageLinks.find(ann.account, id)).toBeNull()
    expect(await manageLinks.takeDown(ann.account, id, 'spam')).toEqual({ status: 'not-found' })
    expect(await manageLinks.restore(ann.account, id)).toEqual({ status: 'not-found' })
    expect(await manageLinks.listReports(ann.account, page)).toMatchObject({ reports: [] })
    expect(await manageLinks.dismissReports(ann.account, id)).toBeNull()
  })

  it('includes a destination whose host is longer than an index entry', async () => {
    await using app = await anApp(kind)
    const { ann } = await aReportedTeam(app)
    const label = Array.from({ length: 900 }, () => 'a').join('')
    const original_url = `https://${label}.test/`
    const answer = await ann.call('POST', '/api/urls', { original_url, short_code: 'longhost' })
    expect(answer.status).toBe(201)
  })
})
