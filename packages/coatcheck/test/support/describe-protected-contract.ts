import { adapterContractCases, type StartAdapter } from 'coatcheck/testing-contracts'
import { describe, it } from 'vitest'

/** Cases that do not apply to `coatcheck`, and why. Its own tests cover what it does instead. */
const deviations: Readonly<Record<string, string>> = {
  'redirects a form to sign-in with next from its Referer, if it is same-origin':
    'protect checks CSRF before the guards of a route',
  'returns a form to the page it was on, by its Referer':
    'protect checks CSRF before the guards of a route',
  'is a 403 on the API, and a 401 without a session':
    'protect checks CSRF before the guards of a route',
  'get no answer for pages, and other origins none at all':
    'protect refuses the request as an embedding, before the router responds 405',
  'carry no headers of the library if the route does not use the session':
    'protect sets security headers on every response',
}

/** The cases that apply to servers built with `coatcheck`. */
export const protectedContractCases = adapterContractCases.filter(
  ({ name }) => !Object.hasOwn(deviations, name),
)

/** Declares the adapter contract for servers built with `coatcheck`. */
export function describeProtectedContract(name: string, start: StartAdapter): void {
  describe(`${name} meets the adapter contract`, () => {
    for (const each of adapterContractCases) {
      const test = Object.hasOwn(deviations, each.name) ? it.skip : it
      test(`${each.theme}: ${each.name}`, () => each.run(start))
    }
  })
}
