import type { RequestHead } from './incoming-request.ts'

/**
 * The address that a request asks for, on `origin` where the server knows the path alone. `null`
 * where that is no address with a path.
 */
export function requestUrl({ url }: RequestHead, origin: string): URL | null {
  const parsed = URL.parse(url.startsWith('/') ? `${origin}${url}` : url)
  // A path that began otherwise would go on with the host wherever it is put behind one.
  return parsed?.pathname.startsWith('/') ? parsed : null
}
