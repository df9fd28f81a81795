import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { AppMiddleware, Asset, Assets, PageContext } from '../http-context.ts'

/** The build copies the folder next to the compiled code. */
const publicFolder = new URL('../public/', import.meta.url)

/** The style sheets in cascade order. They are served as one file. */
const styleSheets = [
  ...['base', 'layout', 'alerts', 'forms', 'link-card', 'tables'],
  ...[
    'links',
    'pages',
    'settings',
    'security',
    'clicks',
    'chart',
    'recovery-codes',
    'authenticators',
    'tokens',
    'oauth',
  ],
]

/** Reads the static files. Each path contains the hash of its content, so caches may keep it forever. */
export function readAssets(): Assets {
  const styles = createAsset('styles.css', readStyles())
  const script = createAsset('enhance.js', readPublic('enhance.js'))
  const passkeys = createAsset('passkeys.js', readPublic('passkeys.js'))
  const icon = createAsset('favicon.svg', readPublic('favicon.svg'))
  const byPath = new Map([styles, script, passkeys, icon])
  return {
    paths: { styles: styles[0], script: script[0], passkeys: passkeys[0], icon: icon[0] },
    find: (path) => byPath.get(path) ?? null,
  }
}

function readStyles(): string {
  return styleSheets.map((name) => readPublic(`styles/${name}.css`)).join('\n')
}

function readPublic(name: string): string {
  return readFileSync(new URL(name, publicFolder), 'utf8')
}

const contentTypes = {
  'styles.css': 'text/css; charset=utf-8',
  'enhance.js': 'text/javascript; charset=utf-8',
  'passkeys.js': 'text/javascript; charset=utf-8',
  'favicon.svg': 'image/svg+xml',
} as const

function createAsset(
  name: keyof typeof contentTypes,
  text: string,
): readonly [path: string, asset: Asset] {
  const body = new TextEncoder().encode(text)
  const hash = createHash('sha256').update(body).digest('base64url').slice(0, 12)
  const path = `/assets/${name.replace('.', `.${hash}.`)}`
  return [path, { contentType: contentTypes[name], body }]
}

/** Serves the static files, before any middleware that uses a session. */
export function serveAssets(context: Pick<PageContext, 'assets' | 'webSecurity'>): AppMiddleware {
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
