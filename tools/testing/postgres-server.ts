import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { TestProject } from 'vitest/node'
import type {} from './test-database.ts'

/** Provides a PostgreSQL server for tests: the one of TEST_POSTGRES_URL, or one that this run starts and stops. */
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
 * Starts the server in a child process that runs as long as its standard input is open. The system
 * closes it when this process exits, even on a crash, so that no server stays behind. Settings are
 * `name=value`; the default is settings for tests.
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
