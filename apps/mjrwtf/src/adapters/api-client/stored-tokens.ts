import { z } from 'zod'

export const storedTokens = z.object({
  accessToken: z.string(),
  refreshToken: z.string(),
  /** Of the access token, in ms since the epoch, by the clock of this machine. */
  expiresAt: z.number(),
})

/** The tokens of one server. Secret: never log them. */
export type StoredTokens = z.infer<typeof storedTokens>
