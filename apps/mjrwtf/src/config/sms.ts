import { isLoopbackHost } from '../domain/ip-address.ts'
import { bearerToken } from './values.ts'
import type { Variables } from './variables.ts'

/** The gateway that sends text messages. Contains a secret: never log it. */
export interface SmsGatewayConfig {
  /** https, or http on loopback. */
  readonly url: string
  /** Bearer token that authenticates this server to the gateway. */
  readonly token: string
}

const expected = {
  url:
    'the https URL of an SMS gateway, such as https://sms.example/messages (http on localhost only), without ' +
    'credentials or fragment',
  token: 'at least 8 characters of A-Z, a-z, 0-9 and ._~+/-',
}

/** Reads SMS_GATEWAY_URL and SMS_GATEWAY_TOKEN. `null`: nothing is sent by text message. */
export function readSmsGateway(variables: Variables): SmsGatewayConfig | null {
  const url = variables.read<string | null>('SMS_GATEWAY_URL', {
    parse: gatewayUrl,
    expected: expected.url,
    fallback: null,
    mask: withoutSecrets,
  })
  const token = variables.read('SMS_GATEWAY_TOKEN', {
    parse: bearerToken,
    expected: expected.token,
    fallback: '',
    mask: 'hidden',
  })
  if (url !== null && !variables.isSet('SMS_GATEWAY_TOKEN')) {
    // Each message costs money, so the gateway must know who sends it.
    variables.reject('SMS_GATEWAY_TOKEN', `${expected.token}; required with SMS_GATEWAY_URL`)
  }
  return url === null ? null : { url, token }
}

function gatewayUrl(text: string): string | null {
  if (!URL.canParse(text)) return null
  const { protocol, hostname, origin, pathname, search, href } = new URL(text)
  // Rejects credentials and a fragment.
  if (href !== `${origin}${pathname}${search}`) return null
  return protocol === 'https:' || (protocol === 'http:' && isLoopbackHost(hostname)) ? href : null
}

/** Some gateways have a key in the query. */
function withoutSecrets(text: string): string {
  return text.replace(/[^/]*@/g, '***@').replace(/\?.*/, '?***')
}
