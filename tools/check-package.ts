import { readFileSync } from 'node:fs'
import { checkPackage as attw, createPackageFromTarballData } from '@arethetypeswrong/core'
import { publint } from 'publint'
import { formatMessage } from 'publint/utils'
import { createTemporaryFolder, packPackage } from './programs.ts'
import type { Finding } from './repository.ts'

const manifest = 'packages/coatcheck/package.json'

/**
 * Modes of TypeScript that the library does not support. `node10` does not read `exports`. `node16` in a
 * CommonJS file rejects `require` of ES modules, which every supported Node accepts; `node20` and
 * `nodenext` accept it. The library has no CommonJS copy: an application could load both.
 */
const unsupported = ['node10', 'node16-cjs']

/** publint and attw accept the library as it would be published. Needs a build. */
export async function checkPackage(): Promise<readonly Finding[]> {
  using folder = createTemporaryFolder()
  const tarball = new Uint8Array(readFileSync(packPackage(folder.path)))
  const messages = [...(await runPublint(tarball)), ...(await runAttw(tarball))]
  return messages.map((message) => ({ file: manifest, message }))
}

export async function runPublint(tarball: Uint8Array<ArrayBuffer>): Promise<readonly string[]> {
  const { messages, pkg } = await publint({ pack: { tarball: tarball.buffer }, strict: true })
  return messages.map(
    (message) => `publint: ${formatMessage(message, pkg, { color: false }) ?? message.code}`,
  )
}

export async function runAttw(tarball: Uint8Array): Promise<readonly string[]> {
  const result = await attw(createPackageFromTarballData(tarball))
  if (result.types === false) return ['attw: there are no types']
  return result.problems
    .filter((each) => !('resolutionKind' in each && unsupported.includes(each.resolutionKind)))
    .map((problem) => `attw: ${JSON.stringify(problem)}`)
}
