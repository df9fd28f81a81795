import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

/** Tests read the library's sources, so that no build is needed to run them. */
const coatcheck = fileURLToPath(new URL('packages/coatcheck/src/', import.meta.url))

export default defineConfig({
  resolve: {
    alias: [
      { find: /^coatcheck$/, replacement: `${coatcheck}index.ts` },
      { find: /^coatcheck\/(.+)$/, replacement: `${coatcheck}$1.ts` },
    ],
  },
  test: {
    include: ['{packages,apps,tools}/**/*.test.{ts,tsx}'],
    globalSetup: ['tools/testing/postgres-server.ts'],
    testTimeout: 30_000,
    hookTimeout: 60_000,
  },
})
