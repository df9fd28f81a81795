import { createServer } from 'node:http'

/**
 * Another site, reachable under every name in `.test`: the destination of links and the source of
 * attacks.
 */
export interface OtherSite extends AsyncDisposable {
  /** URL of a path on such a host, for example `http://menu.test:1234/path`. */
  urlOf(name: string, path: string): string
  /** Requested paths, in order. */
  readonly requestedPaths: readonly string[]
}

/** Starts the site, which answers every path with the given page or a default. */
export async function startOtherSite(
  pages: Readonly<Record<string, string>> = {},
): Promise<OtherSite> {
  const requestedPaths: string[] = []
  const server = createServer((incoming, outgoing) => {
    const path = incoming.url ?? ''
    requestedPaths.push(path)
    outgoing.setHeader('Content-Type', 'text/html; charset=utf-8')
    outgoing.end(
      pages[path] ?? '<!doctype html><title>Other site</title><h1>This is another site</h1>',
    )
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
