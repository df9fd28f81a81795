import type { Clock } from 'coatcheck'
import { isShortCode } from '../../domain/short-code.ts'
import type { LinkRepository, OwnLink } from '../ports/link-repository.ts'

/** Removes one's own link: it answers 410 from then on. `false` when there is none of that code. */
export type RemoveLink = (request: OwnLink) => Promise<boolean>

export interface RemoveLinkPorts {
  readonly links: LinkRepository
  readonly clock: Clock
}

export function createRemoveLink({ links, clock }: RemoveLinkPorts): RemoveLink {
  return async function removeLink(own) {
    return isShortCode(own.shortCode) && links.remove(own, clock.now())
  }
}
