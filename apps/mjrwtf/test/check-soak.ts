import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

/**
 * Runs a program at half of its full load, and writes a report:
 * `npm run soak -- --minutes 60 --report soak.json`.
 */
const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '60' },
    report: { type: 'string', default: 'soak-report.json' },
  },
})

const vitest = fileURLToPath(new URL('../../../node_modules/vitest/vitest.mjs', import.meta.url))
const test = 'apps/mjrwtf/test/process/soak.extended.test.ts'
const { status } = spawnSync(process.execPath, [vitest, 'run', '--project', 'extended', test], {
  stdio: 'inherit',
  env: { ...process.env, SOAK_MINUTES: values.minutes, SOAK_REPORT: values.report },
})
process.exitCode = status ?? 1
