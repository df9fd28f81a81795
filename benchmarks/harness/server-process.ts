import { once } from 'node:events'
import { cases } from '../cases/all-cases.ts'
import type { CaseServer, OpenCase } from '../cases/case.ts'
import { respondToParent } from './child.ts'
import type { Reading } from './server.ts'

/** Serves one case: `node server-process.ts NAME DATABASE`. The first reading contains its port. */
const [name, database = ''] = process.argv.slice(2)
const chosen = cases.find((each) => each.name === name)
if (chosen === undefined) throw new Error(`Unknown case ${name}`)

const module: { readonly open: OpenCase } = await import(
  new URL(`../cases/${chosen.file}`, import.meta.url).href
)
const opened = await module.open({ database, variant: chosen.variant })

respondToParent<{ readonly command: 'port' | 'reading' }>(
  ({ command }) => (command === 'port' ? listen(opened) : read(opened)),
  async () => {
    opened.server.closeAllConnections()
    await opened.close?.()
  },
)

async function listen({ server }: CaseServer): Promise<{ readonly port: number }> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('The server has no port')
  return { port: address.port }
}

async function read(server: CaseServer): Promise<Reading> {
  await server.flush?.()
  const { user, system } = process.cpuUsage()
  return {
    cpu: user + system,
    rss: process.memoryUsage.rss(),
    statistics: server.statistics?.() ?? {},
  }
}
