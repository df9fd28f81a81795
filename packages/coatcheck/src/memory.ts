export { createMemorySessionStore, type MemorySessionStore } from './stores/memory/session-store.ts'
