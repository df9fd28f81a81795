import type { Refusal } from 'coatcheck/http'
import type { RequestContext } from '../http-context.ts'
import type { Problem } from './problem.tsx'

/**
 * A form of ours whose CSRF token is out of date, because somebody has signed in since its page was opened: still
 * refused, with a way to what was typed. `null` for every other refusal.
 */
export async function offerRetry(c: RequestContext, refusal: Refusal): Promise<Problem | null> {
  if (refusal.code !== 'csrf_refused') return null
  const saved = await c.var.saveDraft?.()
  if (saved?.status !== 'saved') return null
  const { status, code, headers } = refusal
  const isOwnDraft = saved.userId === c.var.viewer?.id
  const texts = isOwnDraft ? linkToForm(saved.path) : linkToAccount(saved.path)
  return { status, code, headers, ...texts }
}

function linkToForm(path: string): Pick<Problem, 'title' | 'message' | 'nextStep'> {
  return {
    title: 'This page was out of date',
    message:
      'You have signed in again since it was opened, so nothing was sent. What you had typed is kept for an hour.',
    nextStep: { path, label: 'Back to what you had typed' },
  }
}

/** Says nothing of who the other is: the page that was sent knew. */
function linkToAccount(path: string): Pick<Problem, 'title' | 'message' | 'nextStep'> {
  return {
    title: 'This page was for another account',
    message:
      'Somebody else has signed in here since it was opened, so nothing was sent. What was typed is kept for an hour, for the account that opened it.',
    nextStep: {
      path: `/login?next=${encodeURIComponent(path)}`,
      label: 'Sign in with that account',
    },
  }
}
