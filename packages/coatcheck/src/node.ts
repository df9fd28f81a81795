export { createNodeSessions } from './frameworks/node/create-node-sessions.ts'
export type {
  NodeSessions,
  NodeSessionsOptions,
  OptionalSession,
} from './frameworks/node/node-sessions.ts'
