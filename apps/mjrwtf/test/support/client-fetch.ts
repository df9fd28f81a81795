import type { TestApp } from './open-app.ts'
import type { RawHeaders, TestRequest } from './send.ts'

/** The part of the options of a fetch that client libraries set. */
interface FetchOptions {
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: unknown
}

/**
 * A fetch for client libraries: sends to the app what they would send to its base URL, without cookies, and with their
 * headers only. Tokens of responses become secrets of the leak detector.
 */
export function createClientFetch(app: Pick<TestApp, 'send' | 'baseUrl' | 'leakDetector'>) {
  return async function clientFetch(url: string, options: FetchOptions = {}): Promise<Response> {
    const { origin, pathname, search } = new URL(url)
    if (origin !== app.baseUrl) throw new Error(`Not the app: ${origin}`)
    const headers: RawHeaders = Object.entries(options.headers ?? {})
    const body =
      options.body === undefined || options.body === null ? undefined : String(options.body)
    const request: TestRequest = { method: options.method ?? 'GET', headers }
    const answer = await app.send(
      pathname + search,
      body === undefined ? request : { ...request, body },
    )
    for (const [, token = ''] of answer.body.matchAll(secretFields)) {
      app.leakDetector.addSecret(token, 'code')
    }
    return new Response(answer.body === '' ? null : answer.body, {
      status: answer.status,
      headers: Object.entries(answer.headers).flatMap(([name, value]) =>
        typeof value === 'string' ? [[name, value] as [string, string]] : [],
      ),
    })
  }
}

const secretFields = /"(?:access_token|refresh_token|device_code|user_code)":"([^"]+)"/g
