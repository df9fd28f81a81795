import { type Browser, chromium } from 'playwright-core'
import { inject } from 'vitest'
import type { TestProject } from 'vitest/node'
import { launchChromiumServer } from './chromium.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** WebSocket URL of the browser that all browser tests share. */
    browserEndpoint: string
  }
}

/** Starts one browser for the run: starting it takes longer than many tests. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const server = await launchChromiumServer()
  project.provide('browserEndpoint', server.wsEndpoint())
  return () => server.close()
}

/** Connects to the shared browser. Closing the connection closes the contexts that it opened. */
export function connectToBrowser(): Promise<Browser> {
  return chromium.connect(inject('browserEndpoint'))
}
