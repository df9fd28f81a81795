import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'

/** Returns the modules that a file imports at run time, directly or through files of the library. */
function importedBy(file: URL, seen: Set<string> = new Set()): ReadonlySet<string> {
  for (const [, specifier = ''] of readFileSync(file, 'utf8').matchAll(runtimeImport)) {
    const module = specifier.startsWith('.') ? new URL(specifier, file).href : specifier
    if (seen.has(module)) continue
    seen.add(module)
    if (specifier.startsWith('.')) importedBy(new URL(module), seen)
  }
  return seen
}

const runtimeImport = /^(?:import|export)(?! type\b)[^'"]* from '([^']+)'/gm

it('coatcheck/testing imports no test runner, so that tests of any runner can use it', () => {
  const external = [...importedBy(new URL('../testing.ts', import.meta.url))].filter(
    (module) => !module.startsWith('file:') && !module.startsWith('node:'),
  )

  expect(external).toEqual([])
})
