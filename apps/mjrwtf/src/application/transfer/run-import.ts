import type { Click } from '../../domain/click.ts'
import type { LinkId } from '../../domain/link.ts'
import { type Milliseconds, second } from '../../domain/time.ts'
import type {
  ImportId,
  ImportProblem,
  ImportProgress,
  ImportStep,
} from '../ports/import-repository.ts'
import { maxStoredProblems, usedMessage } from './check-import.ts'
import type { TransferDependencies } from './dependencies.ts'

/**
 * Runs imports that were started or canceled, in the background. Each step can be repeated, so a process that is killed
 * leaves nothing half imported: the import continues after the next start, or in another process.
 */
export interface ImportRunner {
  /** Runs the import, unless this process does already. Returns immediately and never throws. */
  run(id: ImportId): void
  /**
   * Runs imports on which no process has worked for so long. If another process does work on one, they only do the same
   * twice. Default: longer than a step takes on a slow machine.
   */
  resume(idleTime?: Milliseconds): Promise<void>
  /** Stops after the step in progress. */
  close(): Promise<void>
  /** Resolves when this process runs none. */
  idle(): Promise<void>
}

const defaultIdleTime = 30 * second

/** A file has a total of each link, which is its only click in the step. Others, of the old service, are added one by one. */
function splitClicks({ links, clicks }: ImportStep) {
  const added = new Set(links.map(({ link }) => link.id))
  const perLink = Map.groupBy(clicks, ({ linkId }) => linkId)
  const isFirst = ({ linkId }: Click) => added.has(linkId) && perLink.get(linkId)?.length === 1
  return {
    firstClicks: clicks.filter(isFirst),
    otherClicks: clicks.filter((click) => !isFirst(click)),
  }
}

export function createImportRunner(dependencies: TransferDependencies): ImportRunner {
  const { imports, clicks, clock, yieldToRequests, log } = dependencies
  const running = new Map<ImportId, Promise<void>>()
  let isClosed = false

  async function runSteps(id: ImportId): Promise<void> {
    for (;;) {
      const progress = await imports.progress(id)
      if (isClosed || progress === null) return
      if (progress.state === 'canceling') return undo(id, progress)
      if (progress.state !== 'running') return
      if (progress.completedSteps >= progress.steps) return finish(id, progress)
      await runStep(id, progress.completedSteps)
      await yieldToRequests()
    }
  }

  async function runStep(id: ImportId, number: number): Promise<void> {
    const step = await readStep(id, number)
    const links = step.links.map(({ link }) => link)
    const { firstClicks, otherClicks } = splitClicks(step)
    if (!(await imports.addLinks(id, { links, firstClicks }))) return
    // The clicks of links that were not added belong to no link, and are ignored.
    if (otherClicks.length > 0) await clicks.add(otherClicks)
    await imports.completeStep(id, number, clock.now())
  }

  async function readStep(id: ImportId, number: number): Promise<ImportStep> {
    return (await imports.readStep(id, number)) ?? { links: [], clicks: [] }
  }

  /** Compares what was to be added with what exists: a code may have been taken since the check. */
  async function finish(id: ImportId, { ownerId, steps }: ImportProgress): Promise<void> {
    const checked = await imports.find({ id, ownerId })
    if (checked === null) return
    const problems: ImportProblem[] = [...checked.problems]
    let { problemCount } = checked
    let added = 0
    for (let number = 0; number < steps; number += 1) {
      const { links } = await readStep(id, number)
      const existing = await imports.existing(links.map(({ link }) => link.id))
      for (const { line, link } of links) {
        if (existing.has(link.id)) added += 1
        else {
          problemCount += 1
          problems.push({ line, shortCode: link.shortCode, message: usedMessage })
        }
      }
      await yieldToRequests()
    }
    const stored = problems.toSorted((one, other) => one.line - other.line)
    await imports.finish(id, { added, problemCount, problems: stored.slice(0, maxStoredProblems) })
  }

  async function undo(id: ImportId, { steps, completedSteps }: ImportProgress): Promise<void> {
    // The step after the last complete one may have begun.
    for (let number = Math.min(completedSteps, steps - 1); number >= 0; number -= 1) {
      const { links } = await readStep(id, number)
      const ids: LinkId[] = links.map(({ link }) => link.id)
      await imports.removeLinks(id, ids)
      if (isClosed) return
      await yieldToRequests()
    }
    await imports.finishCancel(id)
  }

  function run(id: ImportId): void {
    if (running.has(id) || isClosed) return
    const finished = runSteps(id)
      .catch((error) => log.warn({ error }, 'import of links interrupted, it continues later'))
      .finally(() => running.delete(id))
    running.set(id, finished)
  }

  const idle = async () => {
    while (running.size > 0) await Promise.all(running.values())
  }

  return {
    run,
    idle,
    async resume(idleTime = defaultIdleTime) {
      for (const id of await imports.listAbandoned(clock.now() - idleTime)) run(id)
    },
    async close() {
      isClosed = true
      await idle()
    },
  }
}
