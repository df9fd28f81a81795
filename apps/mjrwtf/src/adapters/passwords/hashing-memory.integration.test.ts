import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { expect, it } from 'vitest'

/** Runs in a separate process, whose memory nothing else uses. */
const program = `
  import { createArgon2Hasher } from ${JSON.stringify(new URL('argon2-hasher.ts', import.meta.url))}
  const { check } = createArgon2Hasher({ concurrency: 3, maxWait: 2 ** 30 })
  await check('wrong', null, null)
  const before = process.resourceUsage().maxRSS
  const checks = await Promise.all(Array.from({ length: 200 }, () => check('wrong', null, null)))
  const done = checks.filter(({ status }) => status === 'mismatch').length
  process.stdout.write(JSON.stringify({ done, grown: process.resourceUsage().maxRSS - before }))
`

it('uses the memory of three hashes for 200 concurrent sign-ins (CS-PW-4)', async () => {
  const env = { ...process.env, UV_THREADPOOL_SIZE: '128' }
  const child = spawn(process.execPath, ['--input-type=module', '--eval', program], { env })
  const [output, errors] = [text(child.stdout), text(child.stderr)]
  const [code] = await once(child, 'close')
  expect([code, await errors]).toEqual([0, ''])
  const { done, grown } = JSON.parse(await output)
  expect(done).toBe(200)
  // In KiB: two hashes more than before. Without the limit it would be gigabytes.
  expect(grown).toBeLessThan(4 * 19_456)
})
