import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { Logo } from '../../../domain/logo.ts'
import type { Site } from '../../../domain/site.ts'
import type { AppMiddleware, Asset, Assets, PageContext } from '../http-context.ts'

/** The build copies the folder next to the compiled code. */
const publicFolder = new URL('../public/', import.meta.url)

/** The style sheets in cascade order. They are served as one file. */
const styleSheets = [
  ...['base', 'layout', 'alerts', 'forms', 'link-card', 'tables'],
  ...[
    'links',
    'link-page',
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
export function readAssets(site: Pick<Site, 'logo' | 'accent'>): Assets {
  const styles = createAsset('styles.css', bytesOf(readStyles() + accentStyles(site)))
  const script = createAsset('enhance.js', readPublic('enhance.js'))
  const passkeys = createAsset('passkeys.js', readPublic('passkeys.js'))
  const shortcuts = createAsset('shortcuts.js', readPublic('shortcuts.js'))
  const icon = createAsset('favicon.svg', readPublic('favicon.svg'))
  const logo = site.logo === null ? null : logoAsset(site.logo)
  const byPath = new Map([
    styles,
    script,
    passkeys,
    shortcuts,
    icon,
    ...(logo === null ? [] : [logo]),
  ])
  return {
    paths: {
      styles: styles[0],
      script: script[0],
      passkeys: passkeys[0],
      shortcuts: shortcuts[0],
      icon: logo?.[0] ?? icon[0],
      logo: logo?.[0] ?? null,
    },
    favicon: logo?.[1] ?? { contentType: 'image/x-icon', body: readPublic('favicon.ico') },
    find: (path) => byPath.get(path) ?? null,
  }
}

function readStyles(): string {
  const sheets = styleSheets.map((name) => readPublic(`styles/${name}.css`))
  return sheets.map((bytes) => Buffer.from(bytes).toString()).join('\n')
}

/** Replaces the colors of `base.css`. */
function accentStyles({ accent }: Pick<Site, 'accent'>): string {
  if (accent === null) return ''
  const { light, dark, lightStrong, darkStrong } = accent
  const colors = `--accent: light-dark(${light}, ${dark}); --accent-strong: light-dark(${lightStrong}, ${darkStrong});`
  return `\n:root { ${colors} }\n`
}

function bytesOf(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text)
}

function readPublic(name: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(readFileSync(new URL(name, publicFolder)))
}

const contentTypes = {
  'styles.css': 'text/css; charset=utf-8',
  'enhance.js': 'text/javascript; charset=utf-8',
  'passkeys.js': 'text/javascript; charset=utf-8',
  'shortcuts.js': 'text/javascript; charset=utf-8',
  'favicon.svg': 'image/svg+xml',
} as const

function createAsset(name: keyof typeof contentTypes, body: Uint8Array<ArrayBuffer>): PathAndAsset {
  return [hashedPath(name, body), { contentType: contentTypes[name], body }]
}

type PathAndAsset = readonly [path: string, asset: Asset]

function logoAsset({ contentType, bytes: body }: Logo): PathAndAsset {
  const extension = contentType.replace(/^image\/|\+xml$/g, '')
  return [hashedPath(`logo.${extension}`, body), { contentType, body }]
}

function hashedPath(name: string, body: Uint8Array): string {
  const hash = createHash('sha256').update(body).digest('base64url').slice(0, 12)
  return `/assets/${name.replace('.', `.${hash}.`)}`
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
