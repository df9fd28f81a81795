import type { Client } from '../../domain/client.ts'
import type { RefusedCheck } from '../../domain/events.ts'
import { type RequestHead, requestUrl } from '../incoming-request.ts'
import type { WebContext } from '../web-context.ts'
import type { Refusal, RefusalCode } from './refusals.ts'

const reportedChecks: Partial<Record<RefusalCode, RefusedCheck>> = {
  https_required: 'https_required',
  embedding_refused: 'embedding_refused',
  step_up_required: 'step_up_required',
  recent_authentication_required: 'recent_authentication_required',
}

/** Reports a refusal with 403 that no other event states. */
export function reportRefusal(
  { origin, clock, report }: Pick<WebContext<unknown>, 'origin' | 'clock' | 'report'>,
  { head, client }: { readonly head: RequestHead; readonly client: Client },
  { code }: Refusal,
): void {
  const check = reportedChecks[code]
  if (check === undefined) return
  const { method } = head
  // Without the query, which may contain secrets.
  const path = requestUrl(head, origin.origin)?.pathname ?? '/'
  report({ type: 'request-refused', at: clock.now(), check, method, path, ...client })
}
