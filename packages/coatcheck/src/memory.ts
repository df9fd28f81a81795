export { memory } from './stores/memory/backend.ts'
export { createMemorySessionStore, type MemorySessionStore } from './stores/memory/session-store.ts'
