import { type FaultProxy, type PlannedFault, startFaultProxy } from 'coatcheck/testing-chaos'
import { freePort } from '../../../../../tools/testing/free-port.ts'
import type { Storage } from '../../support/storage.ts'
import { bearer, environmentFor } from './accounts.ts'
import { type Program, startProgram } from './program.ts'

/** A place for a program that may be killed and started again, with its own proxy to the database. */
export interface Place extends AsyncDisposable {
  /** The running program, or `null` while none runs. */
  program(): Program | null
  /** How many programs have run here. Clicks that were followed at a killed one may be lost. */
  generation(): number
  begin(fault: PlannedFault): Promise<void>
  end(fault: PlannedFault): Promise<void>
}

/** Starts a program in each place, all with one base URL on one database. */
export async function startPlaces(storage: Storage, count: number): Promise<readonly Place[]> {
  const baseUrl = `http://localhost:${await freePort()}`
  const places: Place[] = []
  for (let index = 0; index < count; index += 1) places.push(await startPlace(storage, baseUrl))
  return places
}

async function startPlace(storage: Storage, baseUrl: string): Promise<Place> {
  const database = new URL(storage.url)
  const address = { host: database.hostname, port: Number(database.port) }
  const proxy = await startFaultProxy(address)
  database.port = String(proxy.address.port)
  const own = { AUTH_TOKEN: bearer, BASE_URL: baseUrl, MAX_SESSIONS_PER_USER: '1000' }
  const env = {
    ...environmentFor(storage, { ...own, LOG_LEVEL: 'fatal' }),
    DATABASE_URL: database.href,
  }
  let program: Program | null = await startProgram({ env })
  let generation = 0

  return {
    program: () => program,
    generation: () => generation,
    async begin(fault) {
      if (fault.type === 'pause') program?.signal('SIGSTOP')
      else if (fault.type === 'kill') {
        const killed = program
        program = null
        generation += 1
        await killed?.stop('SIGKILL')
      } else beginAt(proxy, fault)
    },
    async end(fault) {
      if (fault.type === 'pause') program?.signal('SIGCONT')
      else if (fault.type === 'kill') program ??= await startProgram({ env })
      else proxy.restore()
    },
    async [Symbol.asyncDispose]() {
      await program?.[Symbol.asyncDispose]()
      await proxy[Symbol.asyncDispose]()
    },
  }
}

function beginAt(proxy: FaultProxy, fault: PlannedFault): void {
  if (fault.type === 'cut') proxy.cut()
  else if (fault.type === 'freeze') proxy.freeze()
  else if (fault.type === 'lose-answers') proxy.loseAnswers()
  else if (fault.type === 'slow') proxy.slow(fault.delay)
}
