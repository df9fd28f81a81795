import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

/**
 * Runs two programs on one PostgreSQL database under faults, with the test of them:
 * `npm run chaos:app -- --runs 50 --seed 1`. The same seed plans the same requests and faults.
 */
const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '10' },
    seed: { type: 'string', default: '1' },
  },
})

const vitest = fileURLToPath(new URL('../../../node_modules/vitest/vitest.mjs', import.meta.url))
const test = 'apps/mjrwtf/test/process/faults.extended.test.ts'
const { status } = spawnSync(process.execPath, [vitest, 'run', '--project', 'extended', test], {
  stdio: 'inherit',
  env: { ...process.env, CHAOS_RUNS: values.runs, CHAOS_SEED: values.seed },
})
process.exitCode = status ?? 1
