import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { rolldown } from 'rolldown'
import { root } from './repository.ts'

/** The entries of an application that an application would bundle together. */
const bundles: Readonly<Record<string, readonly string[]>> = {
  core: ['index'],
  'core, hono': ['index', 'hono'],
  'core, hono, postgres': ['index', 'hono', 'postgres'],
  'core, node, sqlite': ['index', 'node', 'sqlite'],
}

/** Prints how large the library is in a bundle. Needs a build. Nothing fails: the guide names the sizes. */
export async function printBundleSizes(): Promise<void> {
  for (const [name, entries] of Object.entries(bundles)) {
    const { minified, compressed } = await measure(entries)
    console.log(
      `✓ bundle of ${name}: ${inKilobytes(minified)} minified, ${inKilobytes(compressed)} gzip`,
    )
  }
}

/** Bundles everything that the entries export, without the framework. */
async function measure(
  entries: readonly string[],
): Promise<{ readonly minified: number; readonly compressed: number }> {
  const bundle = await rolldown({
    input: entries.map((entry) => join(root, 'packages/coatcheck/dist', `${entry}.js`)),
    external: [/^node:/, /^hono/],
    platform: 'neutral',
  })
  const { output } = await bundle.generate({ minify: true })
  const code = output.map((chunk) => (chunk.type === 'chunk' ? chunk.code : '')).join('\n')
  return { minified: Buffer.byteLength(code), compressed: gzipSync(code).byteLength }
}

function inKilobytes(bytes: number): string {
  return `${Math.round(bytes / 1_000)} kB`
}
