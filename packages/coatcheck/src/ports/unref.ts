/**
 * Lets the process exit while a timer is pending. Does nothing on Workers with a compatibility date before
 * 2026-02-10, whose timers are numbers.
 */
export function unref(timer: NodeJS.Timeout): NodeJS.Timeout {
  if (typeof timer === 'object') timer.unref()
  return timer
}
