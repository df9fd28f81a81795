import { Counter, Histogram, type Registry } from '@prometheus-io/client'

/** A response that was created; its body may still be sent. */
export interface ObservedRequest {
  readonly method: string
  /** The pattern of the matched route, such as `/:code`, or `null`. */
  readonly route: string | null
  readonly status: number
  readonly milliseconds: number
}

export type ObserveRequest = (request: ObservedRequest) => void

/** In seconds. Half of the redirects take less than the first; the last one is the timeout of the database. */
const buckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5]

const methods: ReadonlySet<string> = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'])

/** The route of short links. */
const shortLinkRoute = '/:code'

/** Registers the metrics of requests. The labels are the patterns of routes, never paths, which anyone can invent. */
export function createHttpMetrics(registry: Registry): ObserveRequest {
  const duration = new Histogram({
    name: 'mjrwtf_http_request_duration_seconds',
    help: 'Time from the request to the headers of its response, by method, route and class of the status.',
    labelNames: ['method', 'route', 'status'],
    buckets,
    registers: [registry],
  })
  const redirects = new Counter({
    name: 'mjrwtf_redirects_total',
    help: 'Requests for short links by result: redirected, ended (410), not_found, failed (5xx) or other, such as a preview.',
    labelNames: ['result'],
    registers: [registry],
  })
  for (const result of redirectResults) redirects.inc({ result }, 0)
  const series = new Map<string, Histogram.Internal<'method' | 'route' | 'status'>>()

  function seriesOf({ method, route, status }: ObservedRequest) {
    const key = `${method} ${route} ${Math.floor(status / 100)}`
    const known = series.get(key)
    if (known !== undefined) return known
    const created = duration.labels({
      method: methods.has(method) ? method : 'other',
      route: route ?? 'none',
      status: `${Math.floor(status / 100)}xx`,
    })
    // Node accepts 35 methods. Those that are no series of their own are looked up each time.
    if (methods.has(method)) series.set(key, created)
    return created
  }

  return (request) => {
    seriesOf(request).observe(request.milliseconds / 1_000)
    if (request.route === shortLinkRoute) redirects.inc({ result: resultOf(request.status) })
  }
}

const redirectResults = ['redirected', 'ended', 'not_found', 'failed', 'other'] as const

function resultOf(status: number): (typeof redirectResults)[number] {
  if (status === 302) return 'redirected'
  if (status === 410) return 'ended'
  if (status === 404) return 'not_found'
  return status >= 500 ? 'failed' : 'other'
}
