import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** The used part of a processor profile; see the documentation of `--cpu-prof`. */
interface Profile {
  readonly nodes: readonly {
    readonly id: number
    readonly callFrame: {
      readonly functionName: string
      readonly url: string
      readonly lineNumber: number
    }
  }[]
  readonly samples: readonly number[]
  readonly timeDeltas: readonly number[]
}

const maxRows = 30

/** Flags that make a server write a profile, if one is requested. */
export function flagsFor(folder: string | null, name: string): readonly string[] {
  if (folder === null) return []
  return ['--cpu-prof', `--cpu-prof-dir=${folder}`, `--cpu-prof-name=${name}.cpuprofile`]
}

/** The functions with the most self time in each profile of a folder, with their share of the non-idle time. */
export function topFunctions(folder: string): string {
  const files = readdirSync(folder).filter((file) => file.endsWith('.cpuprofile'))
  return files.map((file) => `\n${file}\n${topOf(readProfile(join(folder, file)))}`).join('\n')
}

function readProfile(file: string): Profile {
  return JSON.parse(readFileSync(file, 'utf8'))
}

function topOf({ nodes, samples, timeDeltas }: Profile): string {
  const names = new Map(nodes.map(({ id, callFrame }) => [id, nameOf(callFrame)]))
  const times = new Map<string, number>()
  let total = 0
  samples.forEach((id, index) => {
    const name = names.get(id) ?? ''
    if (name.startsWith('(idle)')) return
    const time = timeDeltas[index] ?? 0
    total += time
    times.set(name, (times.get(name) ?? 0) + time)
  })
  return [...times]
    .toSorted(([, a], [, b]) => b - a)
    .slice(0, maxRows)
    .map(([name, time]) => `${((100 * time) / total).toFixed(1).padStart(5)} %  ${name}`)
    .join('\n')
}

function nameOf({ functionName, url, lineNumber }: Profile['nodes'][number]['callFrame']): string {
  const location = url.split('/').slice(-4).join('/')
  return `${functionName === '' ? '(anonymous)' : functionName}  ${location}${location === '' ? '' : `:${lineNumber + 1}`}`
}
