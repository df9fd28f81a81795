import type { AuthenticationMethod } from 'coatcheck'
import { withSentFactor } from '../../../domain/known-device.ts'
import type { PageContext, UserRequestContext } from '../http-context.ts'
import { readDeviceCookie, setDeviceCookie } from './device-cookie.ts'

/**
 * Steps the session up with what the user has just authenticated with. After a second factor, the browser has its own
 * counter of wrong ones, so that others who know the password cannot lock its user out at the next sign-in.
 */
export async function stepUp(
  { clock }: Pick<PageContext, 'clock'>,
  c: UserRequestContext,
  methods: readonly AuthenticationMethod[],
): Promise<void> {
  const { exchange, user } = c.var
  await exchange.stepUp({ methods })
  if (methods.every((method) => method === 'pwd')) return
  const devices = withSentFactor(readDeviceCookie(c), user, clock.now())
  if (devices !== null) setDeviceCookie(c, devices)
}
