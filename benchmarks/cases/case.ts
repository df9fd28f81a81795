import type { Server } from 'node:http'

/** Where the sessions of a case are kept. */
export type Backend = 'none' | 'sqlite' | 'postgres'

/** One server to be measured. */
export interface Case {
  /** Short, unique, and stable from run to run. */
  readonly name: string
  readonly title: string
  /** Rows of one group stand together in the report. */
  readonly group: 'bare' | 'stateless' | 'floor' | 'peer' | 'coatcheck'
  /** Its module, from this folder. */
  readonly file: string
  /** What the module is to be this time, where it can be several things. */
  readonly variant: string
  readonly backend: Backend
  /** The bare server whose work is part of it: what it adds is counted from there. */
  readonly bare: string
  /** The one look-up that a check on this backend cannot do without; `null` where there is none. */
  readonly floor: string | null
  /** The case whose sign-in makes its sessions: itself, unless it reads what another one writes. */
  readonly sessionsOf: string
  /** How it is set up, for the reader of the results. */
  readonly configuration: string
}

/** What a case is opened with. */
export interface CaseContext {
  /** Connection URL, path of a file, or empty, as the backend has it. */
  readonly database: string
  readonly variant: string
}

/** A server that answers `GET /api/me` with the user of the session, and `POST /sign-in?user=…`. */
export interface CaseServer {
  /** Does not listen yet. */
  readonly server: Server
  /** Does now what would be done later, so that its cost is counted with the requests that caused it. */
  readonly settle?: () => Promise<void>
  /** Counters of the case's own, since it was opened. */
  readonly statistics?: () => Readonly<Record<string, number>>
  readonly close?: () => Promise<void>
}

/** What the module of a case exports as `open`. */
export type OpenCase = (context: CaseContext) => Promise<CaseServer>
