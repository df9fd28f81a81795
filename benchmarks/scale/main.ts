import { mkdirSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { isFullRun, readOptions } from './options.ts'
import { toMarkdown } from './report/markdown.ts'
import { run } from './run.ts'

/**
 * Measures how the number of sessions affects each operation, on PostgreSQL and SQLite:
 * `npm run bench:scale -- --sizes 10k,100k --only sqlite`. Data is in temporary folders that are
 * removed at the end. Only a full run replaces `benchmarks/results/scale.*`.
 */
async function main(args: readonly string[]): Promise<void> {
  const options = readOptions(args)
  const result = await run(options)
  const markdown = toMarkdown(result)
  console.log(markdown)
  if (!isFullRun(options)) return
  const folder = fileURLToPath(new URL('../results/', import.meta.url))
  mkdirSync(folder, { recursive: true })
  writeFileSync(`${folder}scale.json`, `${JSON.stringify(result, null, 2)}\n`)
  writeFileSync(`${folder}scale.md`, markdown)
}

// Temporary data is also removed when the process is interrupted.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1))

await main(process.argv.slice(2))
