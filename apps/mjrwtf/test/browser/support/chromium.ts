import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import packed from '@sparticuz/chromium'
import { type Browser, chromium } from 'playwright-core'

const modules = fileURLToPath(new URL('../../../../../node_modules/', import.meta.url))

/** Starts the browser that CHROMIUM_PATH names, or the one that came with npm. To it every name in `.test` is this machine. */
export async function launchChromium(): Promise<Browser> {
  const configuredPath = process.env.CHROMIUM_PATH ?? ''
  const home = configuredPath === '' ? await unpack() : null
  return chromium.launch({
    executablePath: home === null ? configuredPath : join(home, 'chromium'),
    // Only our own pages are opened, and as root it would not start otherwise. Web security stays on.
    chromiumSandbox: false,
    // What somebody's own browser does with the Back button is what matters.
    ignoreDefaultArgs: ['--disable-back-forward-cache'],
    args: ['--font-render-hinting=none', '--host-resolver-rules=MAP *.test 127.0.0.1'],
    env: {
      ...process.env,
      ...(home === null ? {} : { FONTCONFIG_FILE: join(home, 'fonts.conf') }),
    },
  })
}

/**
 * Unpacks the browser once. The package itself unpacks into the folder for temporary files, in place and under
 * a fixed name: another version's browser, another user's, or half of one may be there already.
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
    // Unless another process was first.
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

/** The machine's fonts, and for a machine without any those that came with the browser. */
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
