import { readFileSync } from 'node:fs'
import { arch, cpus, loadavg, platform, release, totalmem } from 'node:os'
import type { Machine } from '../report/results.ts'

/** Reads the current load average, so call it before the run creates load. */
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

/** Installed versions of the measured packages, and of the library. */
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
