import { checkCookies } from './cookies.ts'
import { createCheck, type Finding } from './finding.ts'
import { checkCsrf, checkHost, checkProxyTrust } from './forged-requests.ts'
import { checkHttpRedirect, checkReachable, follow } from './redirects.ts'
import {
  checkCaching,
  checkClock,
  checkContentPolicy,
  checkDuplicates,
  checkFraming,
  checkHsts,
  checkReferrerPolicy,
  checkSniffing,
} from './response-headers.ts'
import { createSend, type SendOptions } from './send.ts'

/** A deployment to check. */
export interface Deployment extends SendOptions {
  /** Its public URL: `baseUrl`. */
  readonly url: URL
  /** A public page with a form. */
  readonly signInPath: string
  /** Where it serves plain http, or `null` if that is not checked. */
  readonly httpUrl: URL | null
}

/** Checks a deployment from outside. Sends about a dozen requests without credentials. */
export async function diagnose(deployment: Deployment): Promise<readonly Finding[]> {
  const { url, signInPath, httpUrl } = deployment
  const send = createSend(deployment)
  const signInUrl = new URL(signInPath, url)
  try {
    const followed = await follow(send, signInUrl)
    const reachable = checkReachable(followed)
    const page = followed.answers.at(-1)
    if (reachable.status === 'failed' || page === undefined) return [reachable]
    return [
      reachable,
      await checkHttpRedirect(send, page.url, httpUrl),
      checkHsts(page),
      checkFraming(page),
      checkContentPolicy(page),
      checkSniffing(page),
      ...checkCookies(page),
      checkClock(page),
      await orWarning('proxy-trust', checkProxyTrust(send, page.url)),
      await checkHost(send, page.url),
      await orWarning('csrf', checkCsrf(send, page.url)),
      checkReferrerPolicy(page),
      checkCaching(page),
      checkDuplicates(page),
    ]
  } catch (error) {
    const advice =
      'Check the name, the port and the certificate. Set NODE_EXTRA_CA_CERTS to trust a private certificate authority.'
    const check = createCheck('reachable')
    return [check.failed(`${signInUrl.href}: ${reasonOf(error)}`, advice)]
  }
}

/** A check whose requests get no response cannot be decided. */
async function orWarning(name: string, finding: Promise<Finding>): Promise<Finding> {
  try {
    return await finding
  } catch (error) {
    const advice = 'Something in front of the server dropped the request. Run the check behind it.'
    return createCheck(name).warning(`No response: ${reasonOf(error)}`, advice)
  }
}

function reasonOf(error: unknown): string {
  const isObject = typeof error === 'object' && error !== null
  if (!isObject || !('message' in error)) return String(error)
  // Several addresses of one name: the error itself has no message.
  const code = 'code' in error ? String(error.code) : 'unknown error'
  return error.message === '' ? code : String(error.message)
}
