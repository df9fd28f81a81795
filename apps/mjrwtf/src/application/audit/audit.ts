import type { Clock } from 'coatcheck'
import { stateText } from '../../domain/security-chain.ts'
import type { SecurityEvent } from '../../domain/security-event.ts'
import type { AuditTrail } from '../ports/audit-trail.ts'
import type { ChainContext, ChainSigner } from '../ports/chain-keys.ts'
import type { Log } from '../ports/log.ts'
import type { ChainOutcome, SecurityEventRepository } from '../ports/security-event-repository.ts'
import type { BatchRunner } from '../shared/batch-runner.ts'
import type { ChainReport } from './chain-report.ts'
import { createExportChain, type ExportLine } from './export-chain.ts'
import { readLoggedHeads, toLogFields } from './logged-heads.ts'
import { createVerifyChain } from './verify-chain.ts'

/** The hash chain of all security events, for the operator. */
export interface Audit {
  /** Writes events: the worker of their queue. */
  recordEvents(events: readonly SecurityEvent[]): Promise<void>
  /** Adds the events of an earlier release in short steps. Call it when the program starts, and on a timer. */
  adoptEvents(): Promise<void>
  /** Writes the signed head to the process log, unless the last call did. */
  logHead(): Promise<void>
  verify(options?: VerifyOptions): Promise<ChainReport>
  /** All entries, between the signed start and the signed head. */
  exportLines(): AsyncIterable<ExportLine>
}

export interface VerifyOptions {
  /** Lines of the process log, whose heads the chain must contain. */
  readonly log?: AsyncIterable<string>
  /** Public keys to trust, of secret keys that were removed. */
  readonly keys?: readonly string[]
}

export interface AuditDependencies {
  readonly securityEvents: Pick<SecurityEventRepository, 'add' | 'adoptBatch'>
  readonly auditTrail: AuditTrail
  readonly chainKeys: ChainSigner
  readonly batchRunner: Pick<BatchRunner, 'run'>
  readonly clock: Clock
  readonly log: Log
}

export function createAudit(dependencies: AuditDependencies): Audit {
  const { securityEvents, auditTrail, chainKeys, batchRunner, clock, log } = dependencies
  let loggedSignature = ''

  function context(): ChainContext {
    return { keys: chainKeys, now: clock.now() }
  }

  function report({ condition, changed }: ChainOutcome): void {
    if (!changed || condition === 'continued') return
    if (condition === 'started')
      log.info({ event: 'audit-chain-started', keys: chainKeys.trustedKeys }, securityEvent)
    else log.error({ event: 'audit-chain-broken', reason: condition }, securityEvent)
  }

  return {
    async recordEvents(events) {
      report(await securityEvents.add(events, context()))
    },
    async adoptEvents() {
      let count = 0
      const adoptBatch = async () => {
        const adopted = await securityEvents.adoptBatch(context())
        report(adopted)
        count += adopted.count
        return adopted.count > 0
      }
      await batchRunner.run([adoptBatch])
      if (count > 0) log.info({ event: 'audit-events-adopted', count }, securityEvent)
    },
    async logHead() {
      const state = await auditTrail.state()
      if (state.signature === loggedSignature) return
      const reason = chainKeys.check(stateText(state), state)
      if (reason === 'valid') log.info(toLogFields(state), securityEvent)
      else log.error({ event: 'audit-chain-broken', reason }, securityEvent)
      loggedSignature = state.signature
    },
    async verify({ log: lines, keys = [] } = {}) {
      const verifier = chainKeys.trusting(keys)
      const loggedHeads = lines === undefined ? undefined : await readLoggedHeads(lines, verifier)
      return createVerifyChain({ auditTrail, verifier })(clock.now(), loggedHeads)
    },
    exportLines: createExportChain(auditTrail),
  }
}

const securityEvent = 'security event'
