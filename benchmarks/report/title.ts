import type { CaseResult } from './results.ts'

/** With the framework, where it is not node:http and the title does not name it. */
export function titleOf({ title, group, bare }: CaseResult): string {
  return group === 'coatcheck' && bare === 'hono' ? `${title}, in Hono` : title
}
