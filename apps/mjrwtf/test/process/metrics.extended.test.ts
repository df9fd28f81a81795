import { expect, it } from 'vitest'
import { freePort } from '../../../../tools/testing/free-port.ts'
import { findUnknownMetrics, parseExposition } from '../support/metric-names.ts'
import { sendTo } from '../support/send.ts'
import { openEmptyStorage } from '../support/storage.ts'
import { environmentFor, setUp } from './support/accounts.ts'
import { startProgram } from './support/program.ts'

it('serves all metrics of the dashboard on METRICS_ADDRESS, and none on the public port', async () => {
  await using storage = await openEmptyStorage('postgres')
  const port = await freePort()
  const env = environmentFor(storage, { METRICS_ADDRESS: `127.0.0.1:${port}` })
  await using program = await startProgram({ env })
  await setUp(program)
  const scrape = async () => {
    const answer = await sendTo(port, '/metrics', { headers: [['Host', `127.0.0.1:${port}`]] })
    expect(answer.status).toBe(200)
    return answer.body
  }

  // The first scrape starts to count sessions, and queues write once a second.
  await expect
    .poll(async () => findUnknownMetrics(parseExposition(await scrape())), { timeout: 60_000 })
    .toEqual([])
  await expect.poll(scrape, { timeout: 60_000 }).toMatch(/^coatcheck_sessions_active 1$/m)
  expect((await program.send('/metrics')).status).toBe(404)

  // A second process on the same machine, as in a rolling restart.
  await using second = await startProgram({ env })
  const log = () => second.log()
  await expect.poll(log, { timeout: 60_000 }).toContain('Metrics are not available')
  await program.stop()
  await expect.poll(scrape, { timeout: 60_000 }).toContain('mjrwtf_info{')
  expect(await second.stop('SIGINT')).toEqual({ code: 0, signal: null })
})
