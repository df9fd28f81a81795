import { copyFileSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
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

/** Checks in strict mode, without `skipLibCheck`, which would hide errors in the library's declarations. */
function checkTypes(folder: string): void {
  install(folder, `@types/node@${readManifest('.').devDependencies?.['@types/node']}`)
  const strict = [
    '--strict',
    '--exactOptionalPropertyTypes',
    '--noUncheckedIndexedAccess',
    '--noEmit',
  ]
  const modern = ['--target', 'es2024', '--lib', 'es2024,esnext.disposable', '--module', 'nodenext']
  const files = ['consumer.ts', 'consumer-with-peers.ts']
  requireSuccess(
    runTsc([...strict, ...modern, '--types', 'node', '--skipLibCheck', 'false', ...files], folder),
  )
  console.log('✓ types: strict, declarations included')
}

function requireSuccess(result: ProgramResult): ProgramResult {
  if (!result.succeeded) throw new Error(result.output)
  return result
}

smoke()
