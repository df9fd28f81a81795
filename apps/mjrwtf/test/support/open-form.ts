import { type Browser, formType, fromOurPage } from './browser.ts'
import type { TestApp } from './open-app.ts'
import type { RawHeaders, TestResponse } from './send.ts'

type Fields = Readonly<Record<string, string>>

/** A form on a page that stays open while other things happen. */
export interface OpenForm {
  /** Hidden fields and values that the page set. */
  readonly fields: Fields
  /** Submits it with `input`. The browser may have other cookies by now. */
  send(input?: Fields, submission?: FormSubmission): Promise<TestResponse>
}

export interface FormSubmission {
  /** Default: the browser that opened it. */
  readonly from?: Browser
  /** Default: the headers of a form on one of our pages. */
  readonly headers?: RawHeaders
}

export interface FormLocation {
  /** URL of the page, with its query. */
  readonly page: string
  /** Default: the path of the page. */
  readonly action?: string
}

/** Opens a page and returns its form. Throws if there is none. */
export async function openForm(app: TestApp, browser: Browser, location: FormLocation) {
  const { page, action = page.split('?', 1)[0] ?? '' } = location
  const answer = await browser.open(page)
  const fields = fieldsIn(answer.body, action)
  if (fields === null) throw new Error(`No form for ${action} on ${page} (${answer.status}).`)
  const form: OpenForm = {
    fields,
    send: (input = {}, { from = browser, headers = fromOurPage(app) } = {}) =>
      from.send(action, {
        method: 'POST',
        headers: [...formType, ...headers],
        body: new URLSearchParams({ ...fields, ...input }).toString(),
      }),
  }
  return form
}

/** Values of the inputs of a page's form, as a browser reads them. */
function fieldsIn(body: string, action: string): Fields | null {
  const [, form] = body.split(`action="${action}"`)
  if (form === undefined) return null
  const [formHtml = ''] = form.split('</form>', 1)
  const inputs = [...formHtml.matchAll(/<input[^>]*>/g)]
  const submittedInputs = inputs.filter(
    ([input]) => / name="/.test(input) && !/type="checkbox"(?!.* checked)/.test(input),
  )
  const entries = submittedInputs.map(([input]) => [
    attribute(input, 'name'),
    unescapeHtml(attribute(input, 'value')),
  ])
  return Object.fromEntries(entries)
}

function attribute(tag: string, name: string): string {
  return new RegExp(` ${name}="([^"]*)"`).exec(tag)?.[1] ?? ''
}

function unescapeHtml(text: string): string {
  return text
    .replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&')
}
