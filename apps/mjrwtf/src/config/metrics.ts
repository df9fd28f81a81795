import { integer, host as parseHost } from './values.ts'
import type { Variables } from './variables.ts'

/** Where metrics are served: `null` means nowhere. */
export interface MetricsConfig {
  readonly metricsAddress: { readonly host: string; readonly port: number } | null
}

type Address = NonNullable<MetricsConfig['metricsAddress']>

/** Reads METRICS_ADDRESS. */
export function readMetrics(variables: Variables): MetricsConfig {
  const value = variables.read<Address | 'off'>('METRICS_ADDRESS', {
    parse: (text) => (text.toLowerCase() === 'off' ? 'off' : address(text)),
    expected: 'off, or an IP address and a port, such as 127.0.0.1:9464 or [::1]:9464',
    fallback: { host: '127.0.0.1', port: 9_464 },
  })
  return { metricsAddress: value === 'off' ? null : value }
}

function address(text: string): Address | null {
  const [, ipv6, name, portText = ''] = /^(?:\[([^\]]+)\]|([^:[\]]+)):(\d+)$/.exec(text) ?? []
  const host = parseHost(ipv6 ?? name ?? '')
  const port = integer(1, 65_535)(portText)
  return host === null || port === null ? null : { host, port }
}
