import type { Browser } from './browser.ts'
import type { OidcProvider, ProviderUser } from './oidc-provider.ts'
import type { TestResponse } from './send.ts'

/** Starts a visit of the provider, signs in there, and returns the callback, as path and query. */
export async function visitProvider(
  provider: OidcProvider,
  browser: Browser,
  { user, path = '/login/oidc' }: { readonly user: ProviderUser; readonly path?: string },
): Promise<string> {
  provider.signInAs(user)
  const start = await browser.open(path)
  if (start.status !== 303) throw new Error(`${path} was answered ${start.status}.`)
  return provider.visit(start.location)
}

/** The same, and opens the callback. */
export async function returnFromProvider(
  provider: OidcProvider,
  browser: Browser,
  visit: { readonly user: ProviderUser; readonly path?: string },
): Promise<TestResponse> {
  return browser.open(await visitProvider(provider, browser, visit))
}
