import type { RequestHead } from './request-slice.ts'

/** What a request asks for; where the server knows the path alone, on `origin`. `null` for what is no address with a path. */
export function askedUrl({ url }: RequestHead, origin: string): URL | null {
  const parsed = URL.parse(url.startsWith('/') ? `${origin}${url}` : url)
  // A path that began otherwise would go on with the host wherever it is put behind one.
  return parsed?.pathname.startsWith('/') ? parsed : null
}
