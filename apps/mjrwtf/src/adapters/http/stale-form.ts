import type { Refusal } from 'coatcheck/http'
import type { Problem } from './problem.tsx'
import type { AppContext } from './site.ts'

/**
 * A form of ours whose CSRF token is out of date, because somebody has signed in since its page was opened: still
 * refused, with a way to what was typed. `null` for every other refusal.
 */
export async function offerBack(c: AppContext, refusal: Refusal): Promise<Problem | null> {
  if (refusal.code !== 'csrf_refused') return null
  const kept = await c.var.keepTyped?.()
  if (kept?.status !== 'kept') return null
  const { status, code, headers } = refusal
  const isTheirs = kept.userId === c.var.viewer?.id
  const told = isTheirs ? backToForm(kept.path) : backToAccount(kept.path)
  return { status, code, headers, ...told }
}

function backToForm(path: string): Pick<Problem, 'title' | 'message' | 'way'> {
  return {
    title: 'This page was out of date',
    message:
      'You have signed in again since it was opened, so nothing was sent. What you had typed is kept for an hour.',
    way: { path, label: 'Back to what you had typed' },
  }
}

/** Says nothing of who the other is: the page that was sent knew. */
function backToAccount(path: string): Pick<Problem, 'title' | 'message' | 'way'> {
  return {
    title: 'This page was for another account',
    message:
      'Somebody else has signed in here since it was opened, so nothing was sent. What was typed is kept for an hour, for the account that opened it.',
    way: { path: `/login?next=${encodeURIComponent(path)}`, label: 'Sign in with that account' },
  }
}
