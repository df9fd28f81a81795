import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'
import { createNotRunReporter } from './tools/testing/not-run-reporter.ts'

/** Tests read the library's sources, so that no build is needed to run them. */
const coatcheck = fileURLToPath(new URL('packages/coatcheck/src/', import.meta.url))

const everywhere = '{packages,apps,tools,benchmarks}/**/'
const servers = {
  globalSetup: [
    'tools/testing/postgres-server.ts',
    'apps/mjrwtf/test/support/migrated-databases.ts',
  ],
  hookTimeout: 60_000,
  // A busy machine fails no test: only an assertion about a duration states a shorter timeout.
  expect: { poll: { timeout: 30_000 } },
}

export default defineConfig({
  resolve: {
    alias: [
      { find: /^coatcheck$/, replacement: `${coatcheck}index.ts` },
      { find: /^coatcheck\/(.+)$/, replacement: `${coatcheck}$1.ts` },
    ],
  },
  oxc: { jsx: { runtime: 'automatic', importSource: 'hono/jsx' } },
  test: {
    reporters: ['default', createNotRunReporter()],
    // On every machine: more than its cores may have, for most tests wait for a database or a process.
    maxWorkers: 4,
    // Importing the app takes longer than most test files. No test changes a module's state.
    isolate: false,
    // One kind after the other: servers and browsers would starve each other on a small machine.
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: [`${everywhere}*.test.{ts,tsx}`],
          exclude: [
            '**/node_modules/**',
            '**/dist/**',
            '**/*.{integration,browser,extended}.test.ts',
          ],
          testTimeout: 30_000,
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        test: {
          ...servers,
          name: 'integration',
          include: [`${everywhere}*.integration.test.ts`],
          testTimeout: 60_000,
          sequence: { groupOrder: 1 },
        },
      },
      {
        extends: true,
        test: {
          ...servers,
          globalSetup: [...servers.globalSetup, 'tools/testing/browser/browser-server.ts'],
          name: 'browser',
          include: [`${everywhere}*.browser.test.ts`],
          testTimeout: 120_000,
          sequence: { groupOrder: 2 },
        },
      },
      // Not part of `npm test`, which is fast: the contracts again through other drivers of PostgreSQL, measurements, and programs
      // that wait long, for lost connections and refused starts.
      {
        extends: true,
        test: {
          ...servers,
          name: 'extended',
          include: [`${everywhere}*.extended.test.ts`],
          testTimeout: 120_000,
          sequence: { groupOrder: 3 },
        },
      },
    ],
  },
})
