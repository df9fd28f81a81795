import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { createTemporaryFolder, packPackage, runNpm } from './programs.ts'
import { root } from './repository.ts'
import { freePort } from './testing/free-port.ts'

/**
 * Installs the packed app and library into an empty folder and runs `npx mjrwtf` there: the packages contain every file
 * and name every dependency that the program needs. Needs a build.
 */
export async function smokeApp(): Promise<void> {
  using packedLibrary = createTemporaryFolder()
  using packedApp = createTemporaryFolder()
  using project = createTemporaryFolder()
  const folder = project.path
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ private: true }))
  const library = packPackage(packedLibrary.path)
  const app = packPackage(packedApp.path, join(root, 'apps/mjrwtf'))
  npm(folder, 'install', '--prefer-offline', '--no-audit', '--no-fund', library, app)

  // What `npx mjrwtf` runs, without asking to download a package of that name.
  const version = npm(folder, 'exec', '--no', '--', 'mjrwtf', '--version').trim()
  if (!/^\d+\.\d+\.\d+$/.test(version)) throw new Error(`mjrwtf --version printed: ${version}`)
  await serveAndStop(folder)
  console.log(`✓ npx mjrwtf: version ${version} serves pages and stops`)
}

function npm(folder: string, ...args: readonly string[]): string {
  const { succeeded, output } = runNpm(['--loglevel=error', ...args], folder)
  if (!succeeded) throw new Error(output)
  return output
}

/** Starts the installed program, waits until it is ready, reads a page with its assets, and stops it. */
async function serveAndStop(folder: string): Promise<void> {
  const main = join(folder, 'node_modules/mjrwtf/dist/main.js')
  const child = spawn(process.execPath, [main, 'serve'], {
    cwd: folder,
    env: { PORT: String(await freePort()) },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const closed = once(child, 'close')
  try {
    await requestPages(await baseUrlOf(child))
  } finally {
    child.kill('SIGTERM')
  }
  const [code] = await closed
  if (code !== 0) throw new Error(`mjrwtf serve exited with code ${code}`)
}

async function baseUrlOf(child: ChildProcessByStdio<null, Readable, null>): Promise<string> {
  for await (const line of createInterface(child.stdout)) {
    const [, baseUrl] = /^mjr\.wtf is running at (\S+)$/.exec(line) ?? []
    if (baseUrl === undefined) continue
    // The end of the loop pauses the stream, and the program has more to write.
    setImmediate(() => child.stdout.resume())
    return baseUrl
  }
  throw new Error('mjrwtf serve did not start; its message is above')
}

async function requestPages(baseUrl: string): Promise<void> {
  const page = await (await fetch(baseUrl)).text()
  const assets = [...page.matchAll(/(?:href|src)="(\/assets\/[^"]+)"/g)].map(([, path]) => path)
  if (assets.length === 0) throw new Error('The home page refers to no asset.')
  for (const path of ['/ready', ...assets]) {
    const { status } = await fetch(`${baseUrl}${path}`)
    if (status !== 200) throw new Error(`${path} of the installed app answered ${status}`)
  }
}
