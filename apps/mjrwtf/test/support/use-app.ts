import { afterAll, beforeAll } from 'vitest'
import { openApp, type TestApp } from './open-app.ts'
import { type DatabaseKind, openStorage, type Storage } from './storage.ts'
import type { AppOptions } from './wire-app.ts'

/** Opens one app for all tests of the surrounding `describe` block and closes it after them. */
export function useApp(kind: DatabaseKind, options: AppOptions = {}): () => TestApp {
  let storage: Storage | null = null
  let app: TestApp | null = null
  beforeAll(async () => {
    storage = await openStorage(kind)
    app = await openApp(storage, options)
  })
  afterAll(async () => {
    try {
      await app?.[Symbol.asyncDispose]()
    } finally {
      await storage?.[Symbol.asyncDispose]()
    }
  })
  return () => {
    if (app === null) throw new Error('The app is open only while the tests run.')
    return app
  }
}

/** Opens an app for a single test; disposing it also deletes its database. */
export async function anApp(kind: DatabaseKind, options: AppOptions = {}): Promise<TestApp> {
  const storage = await openStorage(kind)
  const app = await openApp(storage, options)
  return {
    ...app,
    async [Symbol.asyncDispose]() {
      try {
        await app[Symbol.asyncDispose]()
      } finally {
        await storage[Symbol.asyncDispose]()
      }
    },
  }
}
