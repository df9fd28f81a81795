/** The result of one check of a deployment. */
export interface Finding {
  /** Stable name of the check. */
  readonly check: string
  readonly status: 'ok' | 'warning' | 'failed'
  /** What was observed. */
  readonly message: string
  /** What to do, or empty if all is well. */
  readonly advice: string
}

/** Creates the findings of one check. */
export interface Check {
  ok(message: string): Finding
  warning(message: string, advice: string): Finding
  failed(message: string, advice: string): Finding
}

export function createCheck(check: string): Check {
  return {
    ok: (message) => ({ check, status: 'ok', message, advice: '' }),
    warning: (message, advice) => ({ check, status: 'warning', message, advice }),
    failed: (message, advice) => ({ check, status: 'failed', message, advice }),
  }
}
