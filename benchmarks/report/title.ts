import type { CaseResult } from './results.ts'

/** The title with the framework, unless it is node:http or part of the title. */
export function titleOf({ title, group, bare }: CaseResult): string {
  return group === 'coatcheck' && bare === 'hono' ? `${title}, in Hono` : title
}
