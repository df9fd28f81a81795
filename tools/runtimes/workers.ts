// Signs in and out in workerd, the runtime of Cloudflare Workers. The library is the built one.
import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { globSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { rolldown } from 'rolldown'
import { createTemporaryFolder } from '../programs.ts'
import { createBrowser } from './browser.ts'

/** The oldest settings that the guide names, and recent ones, in which the flag is the default. */
const compatibilities = [
  { date: '2024-09-23', flags: '"nodejs_compat"' },
  { date: '2026-11-01', flags: '' },
]

async function bundleWorker(folder: string): Promise<void> {
  const bundle = await rolldown({
    input: join(import.meta.dirname, 'worker.ts'),
    platform: 'neutral',
    external: /^node:/,
    resolve: { mainFields: ['module', 'main'] },
  })
  await bundle.write({ file: join(folder, 'worker.mjs') })
}

function writeConfig(folder: string, { date, flags }: (typeof compatibilities)[number]): string {
  const file = join(folder, 'config.capnp')
  const config = `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [(name = "main", worker = (
    modules = [(name = "worker", esModule = embed "worker.mjs")],
    compatibilityDate = "${date}",
    compatibilityFlags = [${flags}],
  ))],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")],
);
`
  writeFileSync(file, config)
  return file
}

/** Starts workerd and waits until it listens. Returns its port. */
async function startWorkerd(config: string): Promise<{ child: ChildProcess; port: number }> {
  const [binary] = globSync('node_modules/@cloudflare/workerd-*/bin/workerd*', {
    cwd: import.meta.dirname,
  })
  if (binary === undefined) throw new Error('workerd is not installed')
  const child = spawn(join(import.meta.dirname, binary), ['serve', config, '--control-fd=1'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const exited = once(child, 'exit').then(() => {
    throw new Error('workerd ended before it listened')
  })
  const listening = once(createInterface(child.stdout), 'line')
  const [line] = await Promise.race([listening, exited])
  return { child, port: JSON.parse(line).port }
}

async function signInAndOut(port: number): Promise<void> {
  const browser = createBrowser(`http://127.0.0.1:${port}`, {
    'CF-Connecting-IP': '10.1.2.3',
    'X-Forwarded-For': '203.0.113.9',
    'X-Forwarded-Proto': 'https',
  })
  assert.equal((await browser.get('/me')).status, 303)
  assert.equal((await browser.post('/sign-in', { user: 'ada' })).status, 403)

  const withToken = async (fields: Record<string, string> = {}) => ({
    ...fields,
    csrf_token: (await browser.get('/form')).body,
  })
  const signedIn = await browser.post('/sign-in', await withToken({ user: 'ada' }))
  assert.deepEqual([signedIn.status, signedIn.body], [200, 'signed in'])
  await browser.post('/theme', await withToken())
  await browser.post('/ten-minutes-pass')
  assert.deepEqual(JSON.parse((await browser.get('/me')).body), {
    userId: 'ada',
    ipAddress: '203.0.113.9',
    theme: 'dark',
  })

  const cookies = new Map(browser.cookies)
  assert.equal((await browser.post('/sign-out', await withToken())).status, 200)
  for (const [name, value] of cookies) browser.cookies.set(name, value)
  assert.equal((await browser.get('/me')).status, 303)
}

using folder = createTemporaryFolder()
await bundleWorker(folder.path)
for (const compatibility of compatibilities) {
  const { child, port } = await startWorkerd(writeConfig(folder.path, compatibility))
  try {
    await signInAndOut(port)
    console.log(
      `  ✓ compatibility date ${compatibility.date}: signed in, saved, signed out, revoked`,
    )
  } finally {
    child.kill()
  }
}
