import { describe, expect, it } from 'vitest'
import { aBrowser, aSignedInBrowser, formType, fromOurPage, textOf } from './support/browser.ts'
import { clearRates, linkFor, openedLink, requestPasswordReset } from './support/emails.ts'
import type { Account, TestApp } from './support/open-app.ts'
import { openForm } from './support/open-form.ts'
import { databases } from './support/storage.ts'
import { useApp } from './support/use-app.ts'

const newPassword = 'lantern gravel oboe sixty'

async function resetLinkOf(app: TestApp, { email }: Account): Promise<string> {
  await clearRates(app)
  await requestPasswordReset(app, email)
  return linkFor(app, email, 'reset-password')
}

async function signsIn(app: TestApp, { email }: Account, password: string): Promise<boolean> {
  app.clock.advance(1)
  const { status } = await aBrowser(app).signIn({ email, password })
  await app.storage.query('DELETE FROM attempts')
  return status === 303
}

describe.each(databases)('two email links in one browser on %s', (kind) => {
  const app = useApp(kind)

  it('a password typed on the first page is not used for the second account: 409 names it', async () => {
    const [ann, bob] = [await app().account(), await app().account()]
    app().leakDetector.addSecret(newPassword, 'password')
    const [forAnn, forBob] = [await resetLinkOf(app(), ann), await resetLinkOf(app(), bob)]
    const browser = await openedLink(app(), forAnn)
    const form = await openForm(app(), browser, { page: '/reset' })
    // In another tab, or through another site that wants its own account to be used.
    await openedLink(app(), forBob, browser)
    const answer = await form.send({ password: newPassword })
    expect(answer.status).toBe(409)
    expect(textOf(answer)).toContain('You opened a different link in this browser')
    expect(textOf(answer)).toContain(`Account: ${bob.email}`)
    for (const each of [ann, bob]) expect(await signsIn(app(), each, each.password)).toBe(true)

    // No token is consumed: each page still works for its own account.
    expect((await browser.submit('/reset', { password: newPassword })).status).toBe(303)
    expect(await signsIn(app(), bob, newPassword)).toBe(true)
    expect(
      (await (await openedLink(app(), forAnn)).submit('/reset', { password: newPassword })).status,
    ).toBe(303)
    expect(await signsIn(app(), ann, newPassword)).toBe(true)
  })

  it('a form without the link field applies to the link opened last', async () => {
    const ann = await app().account()
    const browser = await openedLink(app(), await resetLinkOf(app(), ann))
    const csrf_token = await browser.csrfToken('/reset')
    const body = new URLSearchParams({ csrf_token, password: newPassword }).toString()
    const headers = [...formType, ...fromOurPage(app())]
    expect((await browser.send('/reset', { method: 'POST', headers, body })).status).toBe(303)
    expect(await signsIn(app(), ann, newPassword)).toBe(true)
  })

  it('a confirmation is not applied to another email change than its page shows', async () => {
    const owner = await aSignedInBrowser(app())
    await clearRates(app())
    const newEmail = `another-${owner.account.email}`
    await owner.submit('/settings/email', { email: newEmail })
    const confirm = await linkFor(app(), newEmail, 'confirm-new-email')
    const cancel = await linkFor(app(), owner.account.email, 'email-change-requested')
    const browser = await openedLink(app(), cancel)
    const form = await openForm(app(), browser, { page: '/verify' })
    await openedLink(app(), confirm, browser)
    const answer = await form.send()
    expect(answer.status).toBe(409)
    expect(textOf(answer)).toContain('You opened a different link in this browser')
    expect(textOf(answer)).toContain(`${newEmail} becomes the email of your account`)
    expect(await signsIn(app(), owner.account, owner.account.password)).toBe(true)
    expect((await (await openedLink(app(), cancel)).submit('/verify')).status).toBe(303)
  })
})
