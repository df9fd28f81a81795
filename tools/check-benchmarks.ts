import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { runTsc } from './programs.ts'
import { type Finding, root } from './repository.ts'

/**
 * The benchmarks of other libraries match the types of those libraries. `npm run bench` installs
 * them; the check passes where they are not installed. Needs a build.
 */
export function checkBenchmarks(): readonly Finding[] {
  if (!existsSync(join(root, 'benchmarks/node_modules'))) return []
  const project = 'benchmarks/tsconfig.peers.json'
  const { succeeded, output } = runTsc(['-p', project, '--pretty', 'false'])
  return succeeded ? [] : [{ file: project, message: output }]
}
