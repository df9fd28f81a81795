import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import packed from '@sparticuz/chromium'
import { type Browser, type BrowserServer, chromium } from 'playwright-core'
import { memoryFolder } from '../memory-folder.ts'

const modules = fileURLToPath(new URL('../../../node_modules/', import.meta.url))

/** Starts a browser. */
export async function launchChromium(): Promise<Browser> {
  return chromium.launch(await launchOptions())
}

/** Starts a browser that several processes use. Close it at the end. */
export async function launchChromiumServer(): Promise<BrowserServer> {
  return chromium.launchServer({ ...(await launchOptions()), host: '127.0.0.1' })
}

/**
 * The browser at CHROMIUM_PATH, or the one from npm. It resolves every name in `.test` to this
 * machine.
 */
async function launchOptions() {
  const configuredPath = process.env.CHROMIUM_PATH ?? ''
  const home = configuredPath === '' ? await unpack() : null
  return {
    executablePath: home === null ? configuredPath : join(home, 'chromium'),
    // As root, Chromium would not start with a sandbox. Only our own pages are opened, and web
    // security stays on.
    chromiumSandbox: false,
    // The Back button must behave as in a user's browser.
    ignoreDefaultArgs: ['--disable-back-forward-cache'],
    args: ['--font-render-hinting=none', '--host-resolver-rules=MAP *.test 127.0.0.1'],
    env: {
      ...process.env,
      TMPDIR: memoryFolder(),
      ...(home === null ? {} : { FONTCONFIG_FILE: join(home, 'fonts.conf') }),
    },
  }
}

/**
 * Unpacks the browser once. The package itself unpacks into the folder for temporary files under a
 * fixed name, where another version, another user's copy or a partial copy may exist.
 */
async function unpack(): Promise<string> {
  const home = join(modules, '.cache', `chromium-${version()}`)
  if (existsSync(home)) return home
  const unfinished = `${home}.${randomBytes(8).toString('hex')}`
  mkdirSync(unfinished, { recursive: true })
  await unpackInto(unfinished)
  writeFileSync(join(unfinished, 'fonts.conf'), fontsIn(home))
  try {
    renameSync(unfinished, home)
  } catch (error) {
    rmSync(unfinished, { recursive: true, force: true })
    // Another process may have been faster.
    if (!existsSync(home)) throw error
  }
  return home
}

async function unpackInto(folder: string): Promise<void> {
  const previous = process.env.TMPDIR
  process.env.TMPDIR = folder
  try {
    await packed.executablePath()
  } finally {
    if (previous === undefined) delete process.env.TMPDIR
    else process.env.TMPDIR = previous
  }
}

function version(): string {
  const manifest: unknown = JSON.parse(
    readFileSync(join(modules, '@sparticuz/chromium/package.json'), 'utf8'),
  )
  const isManifest = typeof manifest === 'object' && manifest !== null && 'version' in manifest
  return isManifest ? String(manifest.version) : 'unknown'
}

/** The machine's fonts, and those of the package for a machine without any. */
function fontsIn(home: string): string {
  return `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <include ignore_missing="yes">/etc/fonts/fonts.conf</include>
  <dir>${join(home, 'fonts')}</dir>
  <cachedir>${join(home, 'fonts-cache')}</cachedir>
</fontconfig>
`
}
