export {
  coatcheck,
  type NodeCoatcheck,
  type NodeCoatcheckOptions,
} from './frameworks/node/coatcheck.ts'
export { createNodeSessions } from './frameworks/node/create-node-sessions.ts'
export type {
  NodeSessions,
  NodeSessionsOptions,
  OptionalSession,
} from './frameworks/node/node-sessions.ts'
export type { CoatcheckOptions } from './setup/options.ts'
