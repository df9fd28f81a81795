import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { TestProject } from 'vitest/node'
import type {} from './test-database.ts'

/**
 * Gives tests a PostgreSQL server: the one that TEST_POSTGRES_URL names, or one of this run's own
 * that is gone with it.
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const configuredUrl = process.env.TEST_POSTGRES_URL
  if (configuredUrl !== undefined && configuredUrl !== '') {
    project.provide('postgresUrl', configuredUrl)
    return async () => {}
  }

  const postgresProcess = startPostgresProcess()
  project.provide('postgresUrl', await postgresProcess.url)
  return postgresProcess.stop
}

/**
 * The server is kept by a process of its own that lives as long as its standard input is open. The
 * system closes that when this process ends, however it ends, so a crash leaves no server behind.
 * Settings are `name=value`; without any, the server is one for tests.
 */
export function startPostgresProcess(settings: readonly string[] = []) {
  const file = fileURLToPath(new URL('postgres-process.ts', import.meta.url))
  // Detached: an interrupt from the keyboard must reach the tests first and the server after them.
  const child = spawn(process.execPath, [file, ...settings], {
    detached: true,
    stdio: ['pipe', 'pipe', 'inherit'],
    windowsHide: true,
  })
  const exited = once(child, 'exit')
  const firstLine = once(createInterface(child.stdout), 'line').then(([line]) => String(line))

  return {
    url: Promise.race([firstLine, exited.then(failToStart)]),
    async stop() {
      child.stdin.end()
      await exited
    },
  }
}

function failToStart(): never {
  throw new Error('The test PostgreSQL server did not start; set TEST_POSTGRES_URL to use another.')
}
