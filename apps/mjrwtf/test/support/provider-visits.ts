import type { Browser } from './browser.ts'
import type { OidcProvider, ProviderCookies, ProviderUser } from './oidc-provider.ts'
import type { TestResponse } from './send.ts'

interface ProviderVisit {
  readonly user: ProviderUser
  /** Path that starts it. Default: that of a sign-in. */
  readonly path?: string
  /** Of the browser at the provider. Default: none, and dropped. */
  readonly cookies?: ProviderCookies
}

/** Starts a visit of the provider, signs in there, and returns the callback, as path and query. */
export async function visitProvider(
  provider: OidcProvider,
  browser: Browser,
  { user, path = '/login/oidc', cookies }: ProviderVisit,
): Promise<string> {
  provider.signInAs(user)
  const start = await browser.open(path)
  if (start.status !== 303) throw new Error(`${path} was answered ${start.status}.`)
  return provider.visit(start.location, cookies)
}

/** The same, and opens the callback. */
export async function returnFromProvider(
  provider: OidcProvider,
  browser: Browser,
  visit: ProviderVisit,
): Promise<TestResponse> {
  return browser.open(await visitProvider(provider, browser, visit))
}
