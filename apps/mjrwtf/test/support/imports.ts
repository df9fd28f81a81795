import { type Browser, csrfTokenIn, fromOurPage } from './browser.ts'
import type { TestApp } from './open-app.ts'
import type { TestResponse } from './send.ts'

export type FileContent = string | Uint8Array

const boundary = 'boundary-of-the-test'

/** The body of the upload form, as a browser sends it. */
function multipart(token: string, content: FileContent): Uint8Array<ArrayBuffer> {
  const head = [
    `--${boundary}\r\nContent-Disposition: form-data; name="csrf_token"\r\n\r\n${token}\r\n`,
    `--${boundary}\r\nContent-Disposition: form-data; name="file"; filename="links.csv"\r\n`,
    'Content-Type: application/octet-stream\r\n\r\n',
  ].join('')
  const bytes = typeof content === 'string' ? Buffer.from(content) : content
  return new Uint8Array(
    Buffer.concat([Buffer.from(head), bytes, Buffer.from(`\r\n--${boundary}--\r\n`)]),
  )
}

/** Uploads a file with the form of the page. */
export async function uploadImport(
  app: Pick<TestApp, 'baseUrl'>,
  browser: Browser,
  content: FileContent,
): Promise<TestResponse> {
  const token = csrfTokenIn((await browser.open('/links/import')).body) ?? ''
  return browser.send('/links/import', {
    method: 'POST',
    headers: [['Content-Type', `multipart/form-data; boundary=${boundary}`], ...fromOurPage(app)],
    body: multipart(token, content),
  })
}

/** Uploads a file, confirms the result of the check, and waits for the end. Returns the page of the result. */
export async function importFile(
  app: TestApp,
  browser: Browser,
  content: FileContent,
): Promise<TestResponse> {
  const path = await checkedPath(app, browser, content)
  await browser.submit(`${path}/start`, {}, { on: path })
  await app.features.transfer.runner.idle()
  return browser.open(path)
}

/** Uploads a file that can be read. Returns the path of the result of the check. */
export async function checkedPath(
  app: Pick<TestApp, 'baseUrl'>,
  browser: Browser,
  content: FileContent,
): Promise<string> {
  const { status, location, body } = await uploadImport(app, browser, content)
  if (status !== 303 || location === null) throw new Error(`not checked: ${status} ${body}`)
  return location
}
