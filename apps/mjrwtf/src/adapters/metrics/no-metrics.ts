import type { AppMetrics } from './app-metrics.ts'

/** Measures nothing, so that `METRICS_ADDRESS=off` costs nothing. */
export const noMetrics: AppMetrics = {
  library: {
    countEvent() {},
    measureStore: (_kind, store) => store,
    watch() {},
  },
  observeRequest() {},
  queueObserver: {
    measured: (_queue, write) => write,
    onFailed() {},
    onDropped() {},
  },
  countSecurityEvent() {},
  countClicks() {},
  countEmail() {},
  watch() {},
  watchProcess() {},
  read: async () => ({ contentType: 'text/plain; charset=utf-8', text: '' }),
}
