import type { Browser } from './browser.ts'
import { formType, fromOurPage } from './browser.ts'
import type { TestApp } from './open-app.ts'
import type { TestResponse } from './send.ts'
import {
  aPasskey,
  type Changes,
  type PageOptions,
  type PasskeyTraits,
  type SoftwarePasskey,
} from './software-authenticator.ts'

/** The form of a page that a passkey fills. */
export interface PasskeyForm {
  readonly options: PageOptions
  /** Its hidden fields. */
  readonly fields: Readonly<Record<string, string>>
  readonly action: string
}

/** Opens a page and returns its form for passkeys. Throws if there is none. */
export async function openPasskeyForm(browser: Browser, path: string): Promise<PasskeyForm> {
  const { body, status } = await browser.open(path)
  const [, tag = '', content = ''] =
    /(<form[^>]* data-passkey="[^>]*>)([\s\S]*?)<\/form>/.exec(body) ?? []
  if (tag === '') throw new Error(`No form for passkeys on ${path} (${status}).`)
  const inputs = [...content.matchAll(/<input type="hidden" name="([^"]*)"(?: value="([^"]*)")?/g)]
  const fields = inputs.map(([, name = '', value = '']) => [name, value])
  return {
    options: JSON.parse(attribute(tag, 'data-options').replaceAll('&quot;', '"')),
    fields: Object.fromEntries(fields),
    action: attribute(tag, 'action'),
  }
}

function attribute(tag: string, name: string): string {
  return new RegExp(` ${name}="([^"]*)"`).exec(tag)?.[1] ?? ''
}

/** Sends the form with a response, as the script of the page does. */
export function sendPasskeyForm(
  app: TestApp,
  browser: Browser,
  { form, response, input = {} }: SentPasskeyForm,
): Promise<TestResponse> {
  const fields = { ...form.fields, passkey_response: response, ...input }
  return browser.send(form.action, {
    method: 'POST',
    headers: [...formType, ...fromOurPage(app)],
    body: new URLSearchParams(fields).toString(),
  })
}

interface SentPasskeyForm {
  readonly form: PasskeyForm
  readonly response: string
  readonly input?: Readonly<Record<string, string>>
}

export const addPath = '/settings/passkeys/add'

/** Registers a passkey through the page. Throws unless it is accepted. */
export async function addPasskey(
  app: TestApp,
  browser: Browser,
  { name = '', ...traits }: Partial<PasskeyTraits> & { readonly name?: string } = {},
): Promise<SoftwarePasskey> {
  const passkey = aPasskey({ origin: app.baseUrl, ...traits })
  const form = await openPasskeyForm(browser, addPath)
  const response = passkey.register(form.options)
  const answer = await sendPasskeyForm(app, browser, { form, response, input: { name } })
  if (answer.status !== 303) throw new Error(`The passkey was answered ${answer.status}.`)
  return passkey
}

/** Signs in with a passkey on the sign-in page. */
export async function signInWithPasskey(
  app: TestApp,
  browser: Browser,
  { passkey, changes = {} }: { readonly passkey: SoftwarePasskey; readonly changes?: Changes },
): Promise<TestResponse> {
  const form = await openPasskeyForm(browser, '/login')
  const response = passkey.assert(form.options, changes)
  return sendPasskeyForm(app, browser, { form, response })
}
