import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

/**
 * Checks many sequences of sign-ins, second steps, step-ups and changes of factors, in the library and in the app, with
 * the tests of them:
 * `npm run sequences -- --runs 10000 --seed 1`. The same seed generates the same ones.
 */
const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '10000' },
    seed: { type: 'string', default: '1' },
  },
})

const vitest = fileURLToPath(new URL('../../../node_modules/vitest/vitest.mjs', import.meta.url))
const tests = [
  'packages/coatcheck/src/sessions/assurance-model.test.ts',
  'apps/mjrwtf/test/assurance-sequences.integration.test.ts',
]
const projects = ['--project', 'unit', '--project', 'integration']
const { status } = spawnSync(process.execPath, [vitest, 'run', ...projects, ...tests], {
  stdio: 'inherit',
  env: { ...process.env, SEQUENCES: values.runs, SEQUENCES_SEED: values.seed },
})
process.exitCode = status ?? 1
