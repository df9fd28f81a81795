import { type Browser, formType, fromOurPage } from './browser.ts'
import type { TestApp } from './open-app.ts'
import type { Answer, RawHeaders } from './send.ts'

type Fields = Readonly<Record<string, string>>

/** A form on a page that stays open, whatever happens meanwhile. */
export interface OpenForm {
  /** What the page has put into it: hidden fields and values. */
  readonly fields: Fields
  /** Sends it with what is typed, from a browser that may have other cookies by now. */
  send(typed?: Fields, sending?: FormSending): Promise<Answer>
}

export interface FormSending {
  /** Default: the one that opened it. */
  readonly from?: Browser
  /** Default: those of a form on our page. */
  readonly headers?: RawHeaders
}

export interface WhichForm {
  /** Address of the page, with its query. */
  readonly page: string
  /** Default: the path of the page. */
  readonly action?: string
}

/** Opens a page and leaves its form open. Throws when there is none. */
export async function openForm(app: TestApp, browser: Browser, which: WhichForm) {
  const { page, action = page.split('?', 1)[0] ?? '' } = which
  const answer = await browser.open(page)
  const fields = fieldsIn(answer.body, action)
  if (fields === null) throw new Error(`No form for ${action} on ${page} (${answer.status}).`)
  const form: OpenForm = {
    fields,
    send: (typed = {}, { from = browser, headers = fromOurPage(app) } = {}) =>
      from.send(action, {
        method: 'POST',
        headers: [...formType, ...headers],
        body: new URLSearchParams({ ...fields, ...typed }).toString(),
      }),
  }
  return form
}

/** Values of the inputs of a page's form, as a browser would read them. */
function fieldsIn(body: string, action: string): Fields | null {
  const [, form] = body.split(`action="${action}"`)
  if (form === undefined) return null
  const [inside = ''] = form.split('</form>', 1)
  const inputs = [...inside.matchAll(/<input[^>]*>/g)]
  const sent = inputs.filter(
    ([input]) => / name="/.test(input) && !/type="checkbox"(?!.* checked)/.test(input),
  )
  const entries = sent.map(([input]) => [
    attribute(input, 'name'),
    unescaped(attribute(input, 'value')),
  ])
  return Object.fromEntries(entries)
}

function attribute(tag: string, name: string): string {
  return new RegExp(` ${name}="([^"]*)"`).exec(tag)?.[1] ?? ''
}

function unescaped(text: string): string {
  return text
    .replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&')
}
