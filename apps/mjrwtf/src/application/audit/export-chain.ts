import type {
  ChainEntry,
  SignedChainState,
  StoredSecurityEvent,
} from '../../domain/security-chain.ts'
import type { AuditTrail } from '../ports/audit-trail.ts'
import type { ChainVerifier } from '../ports/chain-keys.ts'
import { createChainCheck } from './chain-check.ts'
import type { ChainReport } from './chain-report.ts'
import { noLoggedHeads } from './logged-heads.ts'
import { parseObject, toState } from './record-content.ts'

/** One line of an export, as JSON. Fields in snake case, times as ISO 8601. */
export type ExportLine = Readonly<Record<string, unknown>>

const pageSize = 5_000
const formatName = 'mjrwtf security log 1'

/** The first line is the state with the start, the last one the state with the head that the entries lead to. */
export function createExportChain(auditTrail: AuditTrail) {
  return async function* exportChain(): AsyncGenerator<ExportLine> {
    let state = await auditTrail.state()
    yield toStateLine(state)
    let position = state.start.position
    while (position < state.head.position) {
      const entries = await auditTrail.entriesAfter(position, pageSize)
      for (const entry of entries) yield toLine(entry)
      const reached = entries.at(-1)?.position ?? position
      state = await auditTrail.state()
      if (reached === position) break
      position = reached
    }
    yield toStateLine(state)
  }
}

function toStateLine(state: SignedChainState): ExportLine {
  return { type: 'state', format: formatName, ...state }
}

function toLine(entry: ChainEntry): ExportLine {
  const { type, position, hash } = entry
  if (type === 'erased') return { type, position, hash, entry_hash: entry.entryHash }
  if (type !== 'event') return { type, position, hash, content: entry.content }
  const { event } = entry
  return {
    ...{ type, position, hash, id: event.id, user_id: event.userId },
    ...{ at: new Date(event.at).toISOString(), kind: event.kind, outcome: event.outcome },
    ...{ session_id: event.sessionId, ip_address: event.ipAddress },
    ...{ user_agent: event.userAgent, detail: event.detail },
  }
}

export type FileVerification =
  | { readonly status: 'verified'; readonly report: ChainReport; readonly keys: readonly string[] }
  /** `line`: number of the first line that is not one of an export, from 1. 0: the file is empty. */
  | { readonly status: 'malformed'; readonly line: number }

export interface VerifyFileInput {
  readonly lines: AsyncIterable<string>
  /** Trusted public keys; empty to trust those that the file names. */
  readonly keys: readonly string[]
  readonly createVerifier: (keys: readonly string[]) => ChainVerifier
}

/** Verifies an exported file without the database and without secrets. */
export async function verifyFile(input: VerifyFileInput): Promise<FileVerification> {
  let check: ReturnType<typeof startCheck> | null = null
  let head: SignedChainState | null = null
  let number = 0
  for await (const line of input.lines) {
    number += 1
    const fields = parseObject(line)
    const state = fields.type === 'state' ? toState(fields) : null
    if (number === 1 && state !== null && fields.format === formatName) {
      check = startCheck(state, input)
      continue
    }
    const entry = toEntry(fields)
    if (check === null || head !== null || (state === null && entry === null))
      return { status: 'malformed', line: number }
    head = state
    if (entry !== null) check.add(entry)
  }
  if (check === null || head === null) return { status: 'malformed', line: number }
  return { status: 'verified', report: check.finish(head), keys: check.keys }
}

function startCheck(state: SignedChainState, { keys, createVerifier }: VerifyFileInput) {
  const trusted = keys.length > 0 ? keys : [state.key]
  const verifier = createVerifier(trusted)
  const check = createChainCheck({ verifier, start: state.start, loggedHeads: noLoggedHeads })
  return { ...check, keys: trusted }
}

function toEntry(fields: Readonly<Record<string, unknown>>): ChainEntry | null {
  const { type, position, hash, entry_hash: entryHash, content } = fields
  if (typeof position !== 'number' || typeof hash !== 'string') return null
  const place = { position, hash }
  if (type === 'event') {
    const event = toEvent(fields)
    return event === null ? null : { type, ...place, event }
  }
  if (type === 'erased' && typeof entryHash === 'string') return { type, ...place, entryHash }
  if (typeof content !== 'string') return null
  return type === 'erasure' || type === 'adoption' || type === 'break'
    ? { type, ...place, content }
    : null
}

const textFields = ['id', 'user_id', 'at', 'kind', 'outcome']
const optionalFields = ['session_id', 'ip_address', 'user_agent', 'detail']

/** `null` if a field is missing or of another type: it would not be part of the hash. */
function toEvent(fields: Readonly<Record<string, unknown>>): StoredSecurityEvent | null {
  const isText = (name: string) => typeof fields[name] === 'string'
  const isValid =
    textFields.every(isText) &&
    optionalFields.every((name) => fields[name] === null || isText(name))
  if (!isValid) return null
  const text = (name: string) => String(fields[name])
  const optional = (name: string) => (fields[name] === null ? null : text(name))
  return {
    ...{ id: text('id'), userId: text('user_id'), at: Date.parse(text('at')) },
    ...{ kind: text('kind'), outcome: text('outcome'), sessionId: optional('session_id') },
    ...{ ipAddress: optional('ip_address'), userAgent: optional('user_agent') },
    detail: optional('detail'),
  }
}
