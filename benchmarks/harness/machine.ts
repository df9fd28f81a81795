import { readFileSync } from 'node:fs'
import { arch, cpus, loadavg, platform, release, totalmem } from 'node:os'
import type { Machine } from '../report/results.ts'

/** Says `busy` as of now, so: before the run makes a load itself. */
export function describeMachine(postgres: string): Machine {
  return {
    cpu: cpus()[0]?.model.trim() ?? 'an unknown processor',
    cores: cpus().length,
    memory: Math.round(totalmem() / 1024 ** 3),
    loadAverage: loadavg()[0] ?? 0,
    system: `${platform()} ${release().split('-')[0]} ${arch()}`,
    node: process.versions.node,
    postgres,
  }
}

/** What is installed of what the benchmark names, and the library itself. */
export function readVersions(): Readonly<Record<string, string>> {
  const { dependencies } = readJson('../package.json')
  const { version } = readJson('../../packages/coatcheck/package.json')
  const names = Object.keys(dependencies ?? {})
  const installed = names.map((name) => [
    name,
    readJson(`../node_modules/${name}/package.json`).version ?? '',
  ])
  return { coatcheck: version ?? '', ...Object.fromEntries(installed) }
}

function readJson(path: string): {
  readonly version?: string
  readonly dependencies?: Readonly<Record<string, string>>
} {
  return JSON.parse(readFileSync(new URL(path, import.meta.url), 'utf8'))
}
