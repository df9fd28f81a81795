import { z } from 'zod'
import { type BrowserTrustToken, browserTrustDuration } from '../../../domain/trusted-browser.ts'
import type { RequestContext } from '../http-context.ts'

/** Name of the cookie. Signing out does not clear it. */
const name = 'trust'

const tokensSchema = z
  .array(z.tuple([z.string(), z.string(), z.string()]))
  .transform((rows) => rows.map(([userId, id, secret]) => ({ userId, id, secret })))

/** The tokens of the users who trust this browser. Empty if the cookie is missing, duplicated or not signed by us. */
export function readTrustCookie({
  var: { exchange },
}: RequestContext): readonly BrowserTrustToken[] {
  const text = exchange.signedCookie(name)
  // The signature is ours, but an older release may have written it.
  return text === null ? [] : (tokensSchema.safeParse(JSON.parse(text)).data ?? [])
}

export function setTrustCookie(
  { var: { exchange } }: RequestContext,
  tokens: readonly BrowserTrustToken[],
): void {
  const rows = tokens.map(({ userId, id, secret }) => [userId, id, secret])
  exchange.setSignedCookie({ name, value: JSON.stringify(rows), maxAge: browserTrustDuration })
}
