import type { Browser } from './browser.ts'
import type { TestResponse } from './send.ts'

export const devicePath = '/oauth/device'

/** A user who enters the code of a device. */
export interface UserCodeEntry {
  /** Enters the code. */
  enter(): Promise<TestResponse>
  /** Opens the page that the entered code leads to. Throws if it was not accepted. */
  consentPage(): Promise<TestResponse & { readonly path: string }>
  /** Enters the code and decides. */
  decide(decision: 'allow' | 'deny'): Promise<TestResponse>
}

export function anUserCodeEntry(browser: Browser, userCode: string): UserCodeEntry {
  const enter = () => browser.submit(devicePath, { user_code: userCode })

  async function consentPage() {
    const { status, location: path } = await enter()
    if (status !== 303) throw new Error(`The code was answered ${status}.`)
    return { ...(await browser.open(path)), path }
  }

  return {
    enter,
    consentPage,
    async decide(decision) {
      const page = await consentPage()
      return browser.submit(devicePath, { ...deviceFieldsIn(page), decision }, { on: page.path })
    },
  }
}

/** The hidden fields of a consent page. */
export function deviceFieldsIn({ body }: Pick<TestResponse, 'body'>) {
  const [, request = ''] = /name="request" value="([^"]+)"/.exec(body) ?? []
  const [, scope = ''] = /name="scope" value="([^"]+)"/.exec(body) ?? []
  return { request, scope }
}
