import { codeKey } from '../../domain/code-key.ts'
import { recognizeColumns } from '../../domain/link-import.ts'
import type { Throttled } from '../../domain/results.ts'
import { generateShortCode } from '../../domain/short-code.ts'
import type { UserId } from '../../domain/user.ts'
import { withDomains } from '../links/with-domains.ts'
import type { ImportProblem, ImportStep, StagedLink } from '../ports/import-repository.ts'
import { type ImportSource, UnreadableFile } from '../ports/import-source.ts'
import type { TransferDependencies } from './dependencies.ts'
import {
  type ImportItem,
  type ItemContext,
  itemsOfOldDatabase,
  itemsOfRecords,
} from './import-items.ts'

export interface CheckImportRequest {
  readonly ownerId: UserId
  readonly fileName: string
  readonly source: ImportSource
}

export type CheckImportResult =
  | { readonly status: 'checked'; readonly importId: string }
  /** Nothing was stored. The message is for the user. */
  | { readonly status: 'unreadable'; readonly message: string }
  /** An import of the user is in progress. */
  | { readonly status: 'running' }
  /** The user has uploaded another file meanwhile, or the account was deleted. */
  | { readonly status: 'superseded' }
  | Throttled

/**
 * Reads a file completely and stores what an import of it would add, in steps, without adding it. The owner then sees the
 * result, and starts or discards it.
 */
export type CheckImport = (request: CheckImportRequest) => Promise<CheckImportResult>

/** Per step, so that each transaction is short on SQLite, where it blocks the process. */
const linksPerStep = 100

/** Lines, valid or not, after which other requests take their turn. */
const itemsPerTurn = 20

/** Clicks of the old service per step. */
const clicksPerStep = 1_000

/** Links of one file. */
export const maxImportedLinks = 100_000

/** Problems that are stored. The others are counted. */
export const maxStoredProblems = 1_000

export function createCheckImport(dependencies: TransferDependencies): CheckImport {
  const { imports, limits, secrets, clock, domains } = dependencies

  async function check(importId: string, { ownerId, source }: CheckImportRequest) {
    const destinationRules = withDomains(dependencies.destinationRules, domains)
    const context = { ...dependencies, destinationRules, importId, ownerId, now: clock.now() }
    const { format, items } = readSource(context, source)
    const staging = createStaging(dependencies, importId)
    for await (const item of items) {
      if (!(await staging.add(item))) return superseded
    }
    if (!(await staging.flush())) return superseded
    const isReady = await imports.finishCheck(importId, { format, ...staging.summary() })
    return isReady ? ({ status: 'checked', importId } as const) : superseded
  }

  return async function checkImport(request) {
    const { ownerId, fileName } = request
    const latest = await imports.findLatest(ownerId)
    if (latest?.state === 'running' || latest?.state === 'canceling') return { status: 'running' }
    const throttled = await limits.import(ownerId)
    if (throttled !== null) return throttled
    const id = secrets.id()
    const created = await imports.create({ id, ownerId, fileName, createdAt: clock.now() })
    if (!created) return { status: 'superseded' }
    try {
      return await check(id, request)
    } catch (error) {
      await imports.discard({ id, ownerId })
      if (error instanceof UnreadableFile) return { status: 'unreadable', message: error.message }
      throw error
    }
  }
}

const superseded = { status: 'superseded' } as const

function readSource(context: ItemContext, source: ImportSource) {
  if (source.kind === 'old-database') {
    return { format: 'old-database' as const, items: itemsOfOldDatabase(context, source.database) }
  }
  const columns = recognizeColumns(source.columns)
  if (columns === null) throw new UnreadableFile(noDestinationMessage)
  return { format: columns.format, items: itemsOfRecords(context, columns, source.records) }
}

const noDestinationMessage =
  'No column has the destination URLs. The first line must name the columns, one of them "original_url", "url" or "long url".'

/** Collects the items of a file, and stores them in steps. */
function createStaging(
  { imports, secrets, yieldToRequests }: TransferDependencies,
  importId: string,
) {
  const problems: ImportProblem[] = []
  let problemCount = 0
  let [links, steps, items] = [0, 0, 0]
  let pending: { links: StagedLink[]; clicks: ImportStep['clicks'][number][] } = emptyStep()
  /** Of the file, so that the second line with a code has a problem, not the step. */
  const keys = new Set<string>()

  function reject(problem: ImportProblem): void {
    problemCount += 1
    if (problemCount > maxImportedLinks) throw new UnreadableFile(tooManyMessage)
    if (problems.length < maxStoredProblems) problems.push(problem)
  }

  async function store(): Promise<boolean> {
    const used = await imports.usedKeys(pending.links.map(({ link }) => codeKey(link.shortCode)))
    const added = pending.links.filter((each) => !used.has(codeKey(each.link.shortCode)))
    for (const { line, link } of pending.links) {
      const { shortCode } = link
      if (used.has(codeKey(shortCode))) reject({ line, shortCode, message: usedMessage })
    }
    const step = { links: added, clicks: pending.clicks }
    pending = emptyStep()
    links += added.length
    if (step.links.length === 0 && step.clicks.length === 0) return true
    const isStored = await imports.addStep(importId, steps, step)
    steps += 1
    await yieldToRequests()
    return isStored
  }

  function addLink({ link, line, clicks }: Extract<ImportItem, { readonly status: 'link' }>) {
    const shortCode = link.shortCode || generateShortCode(secrets.bytes)
    const key = codeKey(shortCode)
    if (keys.has(key)) return reject({ line, shortCode, message: repeatedMessage })
    if (keys.size === maxImportedLinks) throw new UnreadableFile(tooManyMessage)
    keys.add(key)
    pending.links.push({ line, link: { ...link, shortCode } })
    pending.clicks.push(...clicks)
  }

  return {
    /** Returns `false` if the import was deleted. */
    async add(item: ImportItem): Promise<boolean> {
      items += 1
      // A step has up to 100 links, and a line up to 64 KiB.
      if (items % itemsPerTurn === 0) await yieldToRequests()
      if (item.status === 'problem') reject(item)
      else if (item.status === 'link') addLink(item)
      else pending.clicks.push(...item.clicks)
      const isFull = pending.links.length >= linksPerStep || pending.clicks.length >= clicksPerStep
      return isFull ? store() : true
    },
    flush: store,
    summary: () => ({
      links,
      steps,
      problemCount,
      problems: problems.toSorted((one, other) => one.line - other.line),
    }),
  }
}

function emptyStep(): { links: StagedLink[]; clicks: ImportStep['clicks'][number][] } {
  return { links: [], clicks: [] }
}

export const usedMessage = 'The code is in use, or was used before.'
const repeatedMessage = 'The code is on an earlier line of the file.'
const tooManyMessage = `The file has more than ${maxImportedLinks.toLocaleString('en')} links, or as many wrong lines. Split it.`
