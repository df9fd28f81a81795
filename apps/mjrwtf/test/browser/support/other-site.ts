import { createServer } from 'node:http'

/** Another site, at every name that ends in `.test`: where links lead, and where attacks come from. */
export interface OtherSite extends AsyncDisposable {
  /** The address of a path at such a name, `http://menu.test:1234/path`. */
  urlOf(name: string, path: string): string
  /** Paths that were asked for, in order. */
  readonly requestedPaths: readonly string[]
}

/** Starts it; answers every path with the page, or with a short greeting. */
export async function startOtherSite(
  pages: Readonly<Record<string, string>> = {},
): Promise<OtherSite> {
  const requestedPaths: string[] = []
  const server = createServer((incoming, outgoing) => {
    const path = incoming.url ?? ''
    requestedPaths.push(path)
    outgoing.setHeader('Content-Type', 'text/html; charset=utf-8')
    outgoing.end(pages[path] ?? '<!doctype html><title>Elsewhere</title><h1>You are elsewhere</h1>')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const port = address !== null && typeof address === 'object' ? address.port : 0
  return {
    requestedPaths,
    urlOf: (name, path) => `http://${name}:${port}${path}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
