import { checkAmbient } from './check-ambient.ts'
import { checkBenchmarks } from './check-benchmarks.ts'
import { checkCommits } from './check-commits.ts'
import { checkDependencies } from './check-dependencies.ts'
import { checkDocs } from './check-docs.ts'
import { checkExports } from './check-exports.ts'
import { checkFunctions } from './check-functions.ts'
import { checkImports } from './check-imports.ts'
import { checkPackage } from './check-package.ts'
import { checkPortability } from './check-portability.ts'
import { checkWords } from './check-words.ts'
import type { Finding } from './repository.ts'

/** The project's own rules. `node tools/check.ts imports docs` runs only those two. */
const checks: Readonly<Record<string, () => readonly Finding[] | Promise<readonly Finding[]>>> = {
  imports: checkImports,
  ambient: checkAmbient,
  functions: checkFunctions,
  commits: checkCommits,
  words: checkWords,
  dependencies: checkDependencies,
  portability: checkPortability,
  exports: checkExports,
  benchmarks: checkBenchmarks,
  docs: checkDocs,
  package: checkPackage,
}

async function main(names: readonly string[]): Promise<void> {
  for (const name of names) {
    const check = checks[name]
    if (check === undefined) throw new Error(`There is no check called ${name}`)
    report(name, await check())
  }
}

function report(name: string, findings: readonly Finding[]): void {
  console.log(`${findings.length === 0 ? '✓' : '✗'} ${name}`)
  for (const { file, line, message } of findings) {
    console.log(`  ${line === undefined ? file : `${file}:${line}`} ${message}`)
  }
  if (findings.length > 0) process.exitCode = 1
}

const requestedChecks = process.argv.slice(2)
await main(requestedChecks.length > 0 ? requestedChecks : Object.keys(checks))
