import type { UsedMethod } from 'coatcheck'
import { z } from 'zod'
import {
  type PresentedIdentity,
  presentedIdentityLifetime,
} from '../../../application/identities/presented-identity.ts'
import { providerIds } from '../../../domain/identity.ts'
import type { RequestContext } from '../http-context.ts'

const name = 'identity'

/** An identity that this browser has shown at its provider, until its user decides what to do with it. */
export interface KeptIdentity {
  readonly presented: PresentedIdentity
  /** The session that started the visit, if only that one may link the identity. */
  readonly sessionId: string | null
  /** The invite with which a new user signs up. */
  readonly invite: string | null
}

const methodSchema = z.object({ method: z.enum(['fed', 'mfa']), at: z.number() })

const keptSchema = z.object({
  presented: z.object({
    provider: z.enum(providerIds),
    issuer: z.string(),
    subject: z.string(),
    email: z.string().nullable(),
    emailVerified: z.boolean(),
    sid: z.string().nullable(),
    startedAt: z.number(),
    methods: z.array(methodSchema).transform((methods): readonly UsedMethod[] => methods),
  }),
  sessionId: z.string().nullable(),
  invite: z.string().nullable(),
})

/** Keeps an identity in the browser that has shown it. A later one replaces it. */
export function setPresentedIdentity(
  { var: { exchange } }: RequestContext,
  { presented, sessionId, invite }: KeptIdentity,
): void {
  const kept = { presented: keptSchema.shape.presented.parse(presented), sessionId, invite }
  exchange.setSignedCookie({ name, value: JSON.stringify(kept), maxAge: presentedIdentityLifetime })
}

/** `null` if there is none, or it has expired. */
export function readPresentedIdentity({ var: { exchange } }: RequestContext): KeptIdentity | null {
  const text = exchange.signedCookie(name)
  // The signature is ours, but another release may have written it.
  return text === null ? null : (keptSchema.safeParse(JSON.parse(text)).data ?? null)
}

export function clearPresentedIdentity({ var: { exchange } }: RequestContext): void {
  exchange.setSignedCookie({ name, value: null, maxAge: presentedIdentityLifetime })
}
