import { mkdirSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { isFullRun, readOptions } from './options.ts'
import { toMarkdown } from './report/markdown.ts'
import { run } from './run.ts'

/**
 * Measures what the number of sessions does to each operation, on PostgreSQL and SQLite:
 * `npm run bench:scale -- --sizes 10k,100k --only sqlite`. Data is in temporary folders and gone at
 * the end. Only a run of everything replaces `benchmarks/results/scale.*`.
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

// What is to be removed at the exit of the process is removed when it is interrupted, too.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1))

await main(process.argv.slice(2))
