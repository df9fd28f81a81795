export { memory } from './stores/memory/backend.ts'
export { createMemoryGrantStore, type MemoryGrantStore } from './stores/memory/grant-store.ts'
export { createMemorySessionStore, type MemorySessionStore } from './stores/memory/session-store.ts'
