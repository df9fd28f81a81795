import { readdirSync, readFileSync } from 'node:fs'

/** Reads the processor time of a PostgreSQL server and all its processes. */
export interface DatabaseCpu {
  /** In µs, since the server started; processes that have ended are included. */
  read(): number
}

/** Length of the kernel's clock tick in µs: a hundred ticks per second on Linux. */
const tick = 10_000

/**
 * Finds the server by one of its processes. Returns `null` on other systems than Linux and if the
 * server runs on another machine.
 */
export function watchDatabaseCpu(backend: number): DatabaseCpu | null {
  if (process.platform !== 'linux') return null
  try {
    const server = readStat(backend).parent
    if (readStat(server).name !== 'postgres') return null
    return { read: () => readServer(server) }
  } catch {
    return null
  }
}

/** Time of the running processes, and of exited ones that the server has reaped. */
function readServer(server: number): number {
  const living = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => pid === server || parentOf(pid) === server)
  const used = living.reduce((sum, pid) => sum + usedBy(pid), 0)
  return used + readStat(server).reaped
}

function parentOf(pid: number): number | null {
  try {
    return readStat(pid).parent
  } catch {
    return null
  }
}

/** In nanoseconds if the kernel provides it, else in ticks. 0 for a process that has just exited. */
function usedBy(pid: number): number {
  try {
    const [nanoseconds] = readFileSync(`/proc/${pid}/schedstat`, 'utf8').split(' ')
    return Number(nanoseconds) / 1_000
  } catch {
    return usedByTicks(pid)
  }
}

function usedByTicks(pid: number): number {
  try {
    return readStat(pid).used
  } catch {
    return 0
  }
}

/** See proc_pid_stat(5). The name may contain any text, so fields are counted from its closing bracket. */
function readStat(pid: number) {
  const text = readFileSync(`/proc/${pid}/stat`, 'utf8')
  const end = text.lastIndexOf(')')
  const fields = text.slice(end + 2).split(' ')
  const fieldAt = (number: number) => Number(fields[number - 3])
  return {
    name: text.slice(text.indexOf('(') + 1, end),
    parent: fieldAt(4),
    used: (fieldAt(14) + fieldAt(15)) * tick,
    reaped: (fieldAt(16) + fieldAt(17)) * tick,
  }
}
