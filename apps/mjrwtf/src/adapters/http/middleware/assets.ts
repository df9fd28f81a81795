import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { AppMiddleware, Asset, Assets, HttpContext } from '../http-context.ts'

/** The build carries it over beside the compiled code. */
const publicFolder = new URL('../public/', import.meta.url)

/** Reads the static files. The path of each holds the hash of its content, so caches may keep it for ever. */
export function readAssets(): Assets {
  const styles = readAsset('styles.css', 'text/css; charset=utf-8')
  const script = readAsset('enhance.js', 'text/javascript; charset=utf-8')
  const icon = readAsset('favicon.svg', 'image/svg+xml')
  const byPath = new Map([styles, script, icon])
  return {
    paths: { styles: styles[0], script: script[0], icon: icon[0] },
    find: (path) => byPath.get(path) ?? null,
  }
}

function readAsset(name: string, contentType: string): readonly [path: string, asset: Asset] {
  const body = new Uint8Array(readFileSync(new URL(name, publicFolder)))
  const hash = createHash('sha256').update(body).digest('base64url').slice(0, 12)
  const path = `/assets/${name.replace('.', `.${hash}.`)}`
  return [path, { contentType, body }]
}

/** Answers for the static files, before anything asks for a session. */
export function serveAssets(context: Pick<HttpContext, 'assets' | 'webSecurity'>): AppMiddleware {
  const headers = context.webSecurity.apiHeaders()
  return async (c, next) => {
    const asset = context.assets.find(c.req.path)
    if (asset === null || (c.req.method !== 'GET' && c.req.method !== 'HEAD')) return next()
    for (const [name, value] of headers) c.header(name, value)
    c.header('Cache-Control', 'public, max-age=31536000, immutable')
    c.header('Content-Type', asset.contentType)
    return c.body(asset.body)
  }
}
