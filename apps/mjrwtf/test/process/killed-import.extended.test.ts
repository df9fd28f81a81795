import { describe, expect, it } from 'vitest'
import type { Browser } from '../support/browser.ts'
import { checkedPath } from '../support/imports.ts'
import { databases, openStorage, type Storage } from '../support/storage.ts'
import { environmentFor, sameBrowserAt, setUp } from './support/accounts.ts'
import { startProgram } from './support/program.ts'

/** `IMPORT_ROWS=100000` measures a large import, and prints its time. */
const measuredRows = process.env.IMPORT_ROWS
const rows = Number(measuredRows ?? 1_000)

function aFile(): string {
  const lines = Array.from(
    { length: rows },
    (_, n) => `https://dest.test/page/${n}?source=import,row-${n},Title of row ${n},import|row,3`,
  )
  return ['original_url,short_code,title,tags,clicks', ...lines].join('\n')
}

async function countLinks(storage: Storage): Promise<number> {
  const [row] = await storage.query('SELECT count(*) AS count FROM links')
  return row !== undefined && 'count' in row ? Number(row.count) : 0
}

async function waitForText(browser: Browser, path: string, text: string): Promise<void> {
  const hasText = async () => (await browser.open(path)).body.includes(text)
  while (!(await hasText())) await new Promise((resolve) => setTimeout(resolve, 200))
}

describe.each(databases)('an import on %s', (kind) => {
  it('is complete after the program was killed in the middle and started again', async () => {
    await using storage = await openStorage(kind)
    const env = environmentFor(storage)
    let path: string
    let browser: Browser
    {
      await using program = await startProgram({ env })
      browser = await setUp(program)
      path = await checkedPath(program, browser, aFile())
      await browser.submit(`${path}/start`, {}, { on: path })
      while ((await countLinks(storage)) < rows / 4)
        await new Promise((resolve) => setTimeout(resolve, 20))
      await program.stop('SIGKILL')
    }
    const before = await countLinks(storage)
    const started = performance.now()
    await using program = await startProgram({ env })
    await waitForText(sameBrowserAt(program, browser), path, 'Import complete')
    const [clicks] = await storage.query('SELECT sum(click_count) AS sum FROM links')
    expect([await countLinks(storage), Number(Object.values(clicks ?? {})[0])]).toEqual([
      rows,
      3 * rows,
    ])
    const seconds = (performance.now() - started) / 1_000
    if (measuredRows !== undefined)
      console.log(`${kind}: ${rows - before} links and their clicks in ${seconds.toFixed(1)} s`)
  })
})
