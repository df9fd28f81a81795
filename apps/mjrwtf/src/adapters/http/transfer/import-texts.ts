import type { LinkImport } from '../../../application/ports/import-repository.ts'
import { countText } from '../components/texts.ts'

/** The state of an import, after a colon. */
export function stateText({ state, links, added }: LinkImport): string {
  switch (state) {
    case 'checking':
      return 'the file is being checked'
    case 'ready':
      return `${countText(links, 'link')} can be added`
    case 'running':
      return 'in progress'
    case 'canceling':
      return 'being canceled'
    case 'done':
      return `${countText(added, 'link')} added`
    case 'canceled':
      return 'canceled, nothing was added'
  }
}

export const formatNames = {
  mjrwtf: 'mjr.wtf',
  bitly: 'Bitly',
  kutt: 'Kutt',
  shlink: 'Shlink',
  yourls: 'YOURLS',
  other: 'a spreadsheet',
  'old-database': 'the database of the Go version of mjr.wtf',
} as const satisfies Readonly<Record<LinkImport['format'], string>>
