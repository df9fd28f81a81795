import type { LinkEditor } from '../../domain/link-edit.ts'
import type { Invalid, Throttled } from '../../domain/results.ts'
import { normalizeCode, shortCodeProblem } from '../../domain/short-code.ts'
import type { AddCodeResult, LinkWithClicks, OwnLink } from '../ports/link-repository.ts'
import type { LinksDependencies } from './dependencies.ts'
import type { FindOwnLink } from './own-links.ts'

/** Codes that redirect to one link, its main one included. */
export const maxCodesPerLink = 10

export interface AddLinkCodeRequest extends OwnLink {
  /** As typed. */
  readonly added: string
  /** Whether it becomes the main code. The main code until then keeps redirecting. */
  readonly isMain: boolean
  readonly by: LinkEditor
}

export type AddLinkCodeResult =
  | { readonly status: 'added'; readonly link: LinkWithClicks; readonly code: string }
  | { readonly status: Exclude<AddCodeResult, 'added'> }
  | Invalid<'shortCode'>
  | Throttled

export interface CodesOfLink {
  readonly link: LinkWithClicks
  /** The main one first. */
  readonly codes: readonly string[]
}

/** The codes of one link: all of them redirect to its destination, and their clicks count together. */
export interface LinkCodes {
  /** Returns `null` if the user has no such link. */
  readonly listCodes: (request: OwnLink) => Promise<CodesOfLink | null>
  /** Adds a code, or renames the link. Counts as a created link: a code is used forever. */
  readonly addCode: (request: AddLinkCodeRequest) => Promise<AddLinkCodeResult>
  /** Removes a further code, which answers 410 from then on. Returns `false` if the link has no such code. */
  readonly removeCode: (request: OwnLink & { readonly removed: string }) => Promise<boolean>
}

interface LinkCodesDependencies extends Pick<LinksDependencies, 'links' | 'limits' | 'clock'> {
  readonly findOwnLink: FindOwnLink
}

export function createLinkCodes(dependencies: LinkCodesDependencies): LinkCodes {
  const { links, limits, clock, findOwnLink } = dependencies
  return {
    async listCodes(own) {
      const link = await findOwnLink(own)
      return link === null ? null : { link, codes: await links.listCodes(link) }
    },
    async addCode({ added, isMain, by, ...own }) {
      const link = await findOwnLink(own)
      if (link === null) return { status: 'not-found' }
      const code = normalizeCode(added)
      const codes = await links.listCodes(link)
      // A code that the link has already, also a reserved one from an earlier version, can become the main one.
      const problem = codes.includes(code) ? null : shortCodeProblem(code)
      if (problem !== null) {
        return { status: 'invalid', fields: [{ field: 'shortCode', message: problem }] }
      }
      const throttled = codes.includes(code) ? null : await limits.link(own.ownerId)
      if (throttled !== null) return throttled
      const stamp = { at: clock.now(), by }
      const status = await links.addCode(link, { code, isMain, maxCodes: maxCodesPerLink, stamp })
      if (status !== 'added') return { status }
      const changed = await findOwnLink({ ...own, shortCode: code })
      return changed === null ? { status: 'not-found' } : { status, link: changed, code }
    },
    async removeCode({ removed, ...own }) {
      const link = await findOwnLink(own)
      return link !== null && links.removeCode(link, normalizeCode(removed), clock.now())
    },
  }
}
