import type { AuthenticationMethod, UsedMethod } from 'coatcheck'
import { withSentFactor } from '../../../domain/known-device.ts'
import type { PageContext, RequestContext } from '../http-context.ts'
import { readDeviceCookie, setDeviceCookie } from './device-cookie.ts'

/**
 * Steps the session up with what the user has just authenticated with. After a second factor, the browser has its own
 * counter of wrong ones, so that others who know the password cannot lock its user out at the next sign-in.
 */
export async function stepUp(
  { clock }: Pick<PageContext, 'clock'>,
  c: RequestContext,
  methods: readonly (AuthenticationMethod | UsedMethod)[],
): Promise<void> {
  const { exchange, viewer } = c.var
  await exchange.stepUp({ methods })
  const names = methods.map((each) => (typeof each === 'string' ? each : each.method))
  const isFirstStep = names.every((name) => name === 'pwd' || name === 'fed')
  if (isFirstStep || viewer === null || viewer === undefined) return
  const devices = withSentFactor(readDeviceCookie(c), viewer, clock.now())
  if (devices !== null) setDeviceCookie(c, devices)
}
