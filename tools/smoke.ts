import { copyFileSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { printBundleSizes } from './bundle-size.ts'
import { readManifest } from './manifest.ts'
import {
  createTemporaryFolder,
  type ProgramResult,
  packPackage,
  run,
  runNpm,
  runTsc,
} from './programs.ts'
import { root } from './repository.ts'
import { smokeApp } from './smoke-app.ts'

/** Installs the packed library into an empty project and uses it there. Needs a build. */
function smoke(): void {
  using packed = createTemporaryFolder()
  using project = createTemporaryFolder()
  const folder = project.path
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ private: true, type: 'module' }))

  install(folder, packPackage(packed.path))
  expectNoExtraPackages(folder)
  runConsumer(folder, 'consumer.ts')

  install(folder, `hono@${readManifest('apps/mjrwtf').dependencies?.hono}`)
  runConsumer(folder, 'consumer-with-peers.ts')
  checkTypes(folder)
}

function install(folder: string, spec: string): void {
  const args = ['install', '--save-exact', '--prefer-offline', '--no-audit', '--no-fund']
  requireSuccess(runNpm([...args, '--loglevel=error', spec], folder))
}

/** Fails if installing the library installed any other package. */
function expectNoExtraPackages(folder: string): void {
  const installed = readdirSync(join(folder, 'node_modules')).filter(
    (name) => !name.startsWith('.'),
  )
  if (installed.join() !== 'coatcheck')
    throw new Error(`Expected only coatcheck, found ${installed.join(', ')}`)
}

function runConsumer(folder: string, script: string): void {
  copyFileSync(join(root, 'tools/smoke', script), join(folder, script))
  process.stdout.write(requireSuccess(run(process.execPath, [script], folder)).output)
}

/** What an application may set `module` and `moduleResolution` to, and the files that work with it. */
const resolutions = [
  { module: 'nodenext', resolution: 'nodenext', files: ['consumer-commonjs.cts'] },
  { module: 'node20', resolution: 'node16', files: ['consumer-commonjs.cts'] },
  { module: 'node16', resolution: 'node16', files: [] },
  { module: 'esnext', resolution: 'bundler', files: [] },
]

/** Checks in strict mode, without `skipLibCheck`, which would hide errors in the library's declarations. */
function checkTypes(folder: string): void {
  install(folder, `@types/node@${readManifest('.').dependencies?.['@types/node']}`)
  const strict = [
    '--strict',
    '--exactOptionalPropertyTypes',
    '--noUncheckedIndexedAccess',
    '--noEmit',
  ]
  const modern = ['--target', 'es2024', '--lib', 'es2024,esnext.disposable', '--types', 'node']
  const consumers = ['consumer.ts', 'consumer-with-peers.ts']
  for (const { module, resolution, files } of resolutions) {
    for (const file of files) copyFileSync(join(root, 'tools/smoke', file), join(folder, file))
    const modules = ['--module', module, '--moduleResolution', resolution]
    const options = [...strict, ...modern, ...modules, '--skipLibCheck', 'false']
    requireSuccess(runTsc([...options, ...consumers, ...files], folder))
    console.log(`✓ types with module ${module}: strict, declarations included`)
  }
}

function requireSuccess(result: ProgramResult): ProgramResult {
  if (!result.succeeded) throw new Error(result.output)
  return result
}

smoke()
await smokeApp()
await printBundleSizes()
