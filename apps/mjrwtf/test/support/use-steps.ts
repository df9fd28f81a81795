import { openPersistence } from '../../src/adapters/persistence/open-persistence.ts'
import type { DatabaseLocation } from '../../src/adapters/persistence/persistence.ts'
import type { StepUse } from '../../src/application/ports/authenticator-repository.ts'

/** What the parent sends to this child process. */
export interface UseSteps {
  readonly location: DatabaseLocation
  readonly use: StepUse
  readonly times: number
}

/** Reports that it is ready, waits for the start, and reports how many of the parallel uses succeeded. */
async function useSteps({ location, use, times }: UseSteps): Promise<void> {
  const persistence = await openPersistence(location)
  const started = new Promise((resolve) => process.once('message', resolve))
  process.send?.('ready')
  await started
  const uses = Array.from({ length: times }, () => persistence.authenticators.useStep(use))
  const used = await Promise.all(uses)
  await persistence.close()
  process.send?.(used.filter((isUsed) => isUsed).length)
  process.disconnect?.()
}

process.once('message', (message: UseSteps) => void useSteps(message))
