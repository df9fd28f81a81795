import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { databases, openStorage } from '../support/storage.ts'
import { environmentFor } from './support/accounts.ts'
import { main } from './support/program.ts'

describe.each(databases)('recounting clicks by command on %s', (kind) => {
  it('corrects counts and reports how many were wrong', async () => {
    await using storage = await openStorage(kind)
    const one = kind === 'sqlite' ? '1' : 'to_timestamp(1)'
    await storage.query(`INSERT INTO users (id, email, email_key, password_hash, created_at, is_operator)
      VALUES ('ann', 'ann@example.com', 'ann@example.com', 'hash', ${one}, 1)`)
    await storage.query(`INSERT INTO links (id, short_code, destination, owner_id, created_at)
      VALUES ('link', 'menu', 'https://dest.test/', 'ann', ${one})`)
    await storage.query(`INSERT INTO clicks (id, link_id, at) VALUES ('click', 'link', ${one})`)
    const run = () =>
      promisify(execFile)(process.execPath, [main, 'link', 'recount'], {
        env: environmentFor(storage),
      })
    const { stdout, stderr } = await run()
    expect({ stdout, stderr }).toEqual({
      stdout: 'Links recounted: 1. Wrong counts corrected: 1.\n',
      stderr: '',
    })
    const counts = await storage.query(`SELECT CAST(click_count AS integer) AS link,
      (SELECT CAST(clicks AS integer) FROM link_totals) AS total FROM links`)
    expect(counts).toEqual([{ link: 1, total: 1 }])
  })
})
