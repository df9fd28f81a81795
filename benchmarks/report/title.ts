import type { CaseResult } from './results.ts'

/** With the framework, where the title does not name it. */
export function titleOf({ title, group, bare }: CaseResult): string {
  return group === 'coatcheck' ? `${title}, in ${bare === 'node' ? 'node:http' : 'Hono'}` : title
}
