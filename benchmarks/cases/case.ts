import type { Server } from 'node:http'

/** Where the sessions of a case are stored. */
export type Backend = 'none' | 'sqlite' | 'postgres'

/** A server to measure. */
export interface Case {
  /** Short, unique, and stable from run to run. */
  readonly name: string
  readonly title: string
  /** The report lists the rows of a group together. */
  readonly group: 'bare' | 'stateless' | 'floor' | 'peer' | 'coatcheck'
  /** Its module, relative to this folder. */
  readonly file: string
  /** Selects the variant, if the module has several. */
  readonly variant: string
  readonly backend: Backend
  /** The bare server that it contains; its overhead is relative to that. */
  readonly bare: string
  /** The case with the minimal lookup on this backend; `null` if it needs none. */
  readonly floor: string | null
  /** The case whose sign-in creates its sessions: itself, unless it reads another's sessions. */
  readonly sessionsOf: string
  /** Its configuration, shown in the results. */
  readonly configuration: string
}

/** Options to open a case. */
export interface CaseContext {
  /** Connection URL, path of a file, or empty, depending on the backend. */
  readonly database: string
  readonly variant: string
}

/** A server that answers `GET /api/me` with the user of the session, and `POST /sign-in?user=…`. */
export interface CaseServer {
  /** Does not listen yet. */
  readonly server: Server
  /** Completes deferred work, so that its cost counts for the requests that caused it. */
  readonly flush?: () => Promise<void>
  /** The case's own counters since it was opened. */
  readonly statistics?: () => Readonly<Record<string, number>>
  readonly close?: () => Promise<void>
}

/** What the module of a case exports as `open`. */
export type OpenCase = (context: CaseContext) => Promise<CaseServer>
