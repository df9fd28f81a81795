import { describe, expect, it } from 'vitest'
import { aBrowser, aSignedInBrowser, type Browser } from './support/browser.ts'
import { linkFor, openedLink, requestPasswordReset } from './support/emails.ts'
import type { TestApp } from './support/open-app.ts'
import { databases } from './support/storage.ts'
import { anApp } from './support/use-app.ts'

/** Every page with a password field, and its autocomplete values. A new page must be added here. */
const pages: Readonly<Record<string, readonly string[]>> = {
  '/login': ['current-password'],
  '/reauthenticate': ['current-password'],
  '/reset': ['new-password'],
  '/settings/password': ['current-password', 'new-password'],
  '/setup': ['new-password'],
  '/signup': ['new-password'],
}

type Attributes = Readonly<Record<string, string>>

function attributesOf(tag: string): Attributes {
  const found = [...tag.matchAll(/ ([\w-]+)(?:="([^"]*)")?/g)]
  return Object.fromEntries(found.map(([, name = '', value = '']) => [name, value]))
}

function tagsIn(html: string, name: string): readonly Attributes[] {
  return [...html.matchAll(new RegExp(`<${name}( [^>]*)?>`, 'g'))].map(([tag]) => attributesOf(tag))
}

interface PasswordForm {
  readonly path: string
  readonly inputs: readonly Attributes[]
  readonly buttons: readonly Attributes[]
}

/**
 * All forms with a password field on pages without parameters, as this visitor sees them. The password of a link is not that of
 * an account: it is shared, and a password manager must not save it for this site.
 */
async function passwordForms(app: TestApp, browser: Browser): Promise<readonly PasswordForm[]> {
  const paths = app.routes.flatMap((route) => /^GET (\/[^:]*)$/.exec(route)?.[1] ?? [])
  const found: PasswordForm[] = []
  // An event stream that stays open.
  for (const path of paths.filter((each) => each !== '/session/events')) {
    const { body } = await browser.open(path)
    for (const [form] of body.matchAll(/<form.*?<\/form>/gs)) {
      const inputs = tagsIn(form, 'input')
      if (form.includes('action="/create"') || !inputs.some(isForPassword)) continue
      found.push({ path, inputs, buttons: tagsIn(form, 'button') })
    }
  }
  return found
}

function isForPassword({ type = '', name = '' }: Attributes): boolean {
  return type === 'password' || /password/.test(name)
}

/**
 * As seen before the first account exists, by an anonymous visitor, through a reset link, and
 * signed in.
 */
async function allPasswordForms(kind: (typeof databases)[number]) {
  await using app = await anApp(kind, { env: { SIGNUP: 'open' } })
  const before = await passwordForms(app, aBrowser(app))
  const signedIn = await aSignedInBrowser(app)
  const visitor = await passwordForms(app, aBrowser(app))
  await requestPasswordReset(app, signedIn.account.email)
  const emailLinkPage = await openedLink(
    app,
    await linkFor(app, signedIn.account.email, 'reset-password'),
  )
  const resetPage = await passwordForms(app, emailLinkPage)
  return [...before, ...visitor, ...resetPage, ...(await passwordForms(app, signedIn))]
}

describe.each(databases)('password fields on %s (V6.2.6, V6.2.7)', (kind) => {
  it('are on known pages only, are masked, and have the right autocomplete value', async () => {
    const forms = await allPasswordForms(kind)
    const found = forms.map(({ path, inputs }) => {
      const fields = inputs.filter(isForPassword)
      expect(fields.map(({ type }) => type)).toEqual(fields.map(() => 'password'))
      return [path, fields.map(({ autocomplete }) => autocomplete)]
    })
    expect(Object.fromEntries(found)).toEqual(pages)
  })

  it('are accompanied by the username of the account', async () => {
    for (const { path, inputs } of await allPasswordForms(kind)) {
      const names = inputs.filter(({ autocomplete = '' }) =>
        /^username( webauthn)?$/.test(autocomplete),
      )
      expect([path, names.length]).toEqual([path, 1])
    }
  })

  it('accept typed or pasted input unchanged and unlimited (V6.2.5, V6.2.9)', async () => {
    for (const { path, inputs } of await allPasswordForms(kind)) {
      for (const field of inputs.filter(isForPassword)) {
        const { id, name, type, required, autofocus, autocomplete, passwordrules, ...rest } = field
        const { 'aria-describedby': _, ...other } = rest
        const untouched = { autocapitalize: 'none', autocorrect: 'off', spellcheck: 'false' }
        expect([path, other]).toEqual([path, untouched])
      }
    }
  })

  it('have a reveal button with a label, a state and no submit', async () => {
    for (const { path, inputs, buttons } of await allPasswordForms(kind)) {
      for (const { id = '' } of inputs.filter(isForPassword)) {
        const reveal = buttons.filter((button) => button['data-reveal'] === id)
        expect([path, reveal]).toMatchObject([
          path,
          [{ type: 'button', 'aria-pressed': 'false', 'aria-describedby': `${id}-label` }],
        ])
      }
    }
  })
})
