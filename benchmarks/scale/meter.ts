import { readFileSync } from 'node:fs'
import { performance } from 'node:perf_hooks'

/** Running totals; the difference of two readings is the usage in between. */
export interface Reading {
  /** Milliseconds. */
  readonly at: number
  /** Milliseconds of CPU time: this process and the database's processes. */
  readonly serverCpu: number
  readonly databaseCpu: number
  /** Bytes that the engine requested from the system, and those read from the disk. */
  readonly read: number
  readonly readFromDisk: number
}

export interface Meter {
  read(): Reading
}

/** Measures an engine in this process. */
export function createProcessMeter(): Meter {
  return { read: () => ({ ...readOwn(), databaseCpu: 0, ...ioOf('self') }) }
}

/** Measures an engine in the children of one process. Linux only: elsewhere children count as 0. */
export function createProcessTreeMeter(parent: number): Meter {
  // By process, so that the usage of exited processes stays counted.
  const seen = new Map<string, Pick<Reading, 'databaseCpu' | 'read' | 'readFromDisk'>>()
  return {
    read() {
      for (const pid of [String(parent), ...childrenOf(parent)]) {
        seen.set(pid, { databaseCpu: cpuOf(pid), ...ioOf(pid) })
      }
      const all = [...seen.values()]
      return {
        ...readOwn(),
        databaseCpu: sum(all.map((each) => each.databaseCpu)),
        read: sum(all.map((each) => each.read)),
        readFromDisk: sum(all.map((each) => each.readFromDisk)),
      }
    },
  }
}

export function difference(before: Reading, after: Reading): Reading {
  return {
    at: after.at - before.at,
    serverCpu: after.serverCpu - before.serverCpu,
    databaseCpu: after.databaseCpu - before.databaseCpu,
    read: after.read - before.read,
    readFromDisk: after.readFromDisk - before.readFromDisk,
  }
}

function readOwn(): Pick<Reading, 'at' | 'serverCpu'> {
  const { user, system } = process.cpuUsage()
  return { at: performance.now(), serverCpu: (user + system) / 1_000 }
}

function childrenOf(parent: number): readonly string[] {
  return readProc(`${parent}/task/${parent}/children`)
    .split(' ')
    .filter((pid) => pid !== '')
}

function cpuOf(pid: string): number {
  const [nanoseconds = '0'] = readProc(`${pid}/schedstat`).split(' ')
  return Number(nanoseconds) / 1e6
}

function ioOf(pid: string): Pick<Reading, 'read' | 'readFromDisk'> {
  const text = readProc(`${pid}/io`)
  const field = (name: string): number =>
    Number(new RegExp(`^${name}: (\\d+)`, 'm').exec(text)?.[1] ?? 0)
  return { read: field('rchar'), readFromDisk: field('read_bytes') }
}

/** Empty if the file does not exist: another system, another user's process, or an exited one. */
function readProc(path: string): string {
  try {
    return readFileSync(`/proc/${path}`, 'utf8')
  } catch {
    return ''
  }
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, each) => total + each, 0)
}
