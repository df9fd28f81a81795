import type { Clock } from 'coatcheck'
import type { TakeDownReason } from '../../domain/take-down.ts'
import type {
  FindLinksRequest,
  FoundLink,
  TakeDownRepository,
} from '../ports/take-down-repository.ts'
import type { ReportOperatorAction } from './report-operator-action.ts'

export type TakeDownResult =
  | { readonly status: 'taken-down' | 'already-taken-down'; readonly link: FoundLink }
  | { readonly status: 'not-found' }

export type RestoreLinkResult =
  | { readonly status: 'restored' | 'not-taken-down'; readonly link: FoundLink }
  | { readonly status: 'not-found' }

/** Finds links of all users, and takes them down. Owners are notified, and see it in their list and security log. */
export interface TakeDownLinks {
  findLinks(request: FindLinksRequest): Promise<readonly FoundLink[]>
  /**
   * From this instant the link that has the code, also as a further one, answers 410 with the kind of reason, also its
   * preview. Its owner cannot change it, and its short codes are never assigned again.
   */
  takeDownLink(code: string, reason: TakeDownReason): Promise<TakeDownResult>
  /** The link redirects again, unless it has expired or was removed. */
  restoreLink(code: string): Promise<RestoreLinkResult>
}

export interface TakeDownLinksDependencies {
  readonly takeDowns: TakeDownRepository
  readonly reportOperatorAction: ReportOperatorAction
  readonly clock: Clock
}

export function createTakeDownLinks(dependencies: TakeDownLinksDependencies): TakeDownLinks {
  const { takeDowns, reportOperatorAction, clock } = dependencies

  const ownerOf = ({ ownerId: id, ownerEmail: email }: FoundLink) => ({ id, email })

  return {
    findLinks: takeDowns.find,
    async takeDownLink(code, reason) {
      const link = await takeDowns.findByAnyCode(code)
      if (link === null) return { status: 'not-found' }
      if (!(await takeDowns.takeDown(link.id, { at: clock.now(), reason }))) {
        return { status: 'already-taken-down', link }
      }
      reportOperatorAction(ownerOf(link), 'link-taken-down', `${link.shortCode} ${reason}`)
      return { status: 'taken-down', link }
    },
    async restoreLink(code) {
      const link = await takeDowns.findByAnyCode(code)
      if (link === null) return { status: 'not-found' }
      if (!(await takeDowns.restore(link.id))) return { status: 'not-taken-down', link }
      reportOperatorAction(ownerOf(link), 'link-restored', link.shortCode)
      return { status: 'restored', link }
    },
  }
}
