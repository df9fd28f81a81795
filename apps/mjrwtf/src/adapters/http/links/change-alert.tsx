import type { LinkChangeState } from '../../../application/links/change-links.ts'
import { type LinkChangeKind, opposites } from '../../../domain/link-change.ts'
import { Alert } from '../components/alerts.tsx'
import { CsrfField } from '../components/fields.tsx'

interface ChangeAlertProps {
  readonly change: LinkChangeState
  readonly csrfToken: string
}

/** What a change of many links has done, with buttons that continue and undo it. */
export function ChangeAlert({ change, csrfToken }: ChangeAlertProps) {
  const isUndone = change.undoneAt !== null
  const canUndo = !isUndone && change.links > 0 && opposites[change.kind] !== null
  return (
    <Alert kind={change.isComplete ? 'success' : 'info'}>
      <p>{isUndone ? undoneText(change) : doneText(change)}</p>
      {(canUndo || !change.isComplete) && (
        <div class="alert-actions">
          {!change.isComplete && (
            <ChangeButton {...{ change, csrfToken, action: 'continue', label: 'Continue' }} />
          )}
          {canUndo && <ChangeButton {...{ change, csrfToken, action: 'undo', label: 'Undo' }} />}
        </div>
      )}
    </Alert>
  )
}

interface ChangeButtonProps extends ChangeAlertProps {
  readonly action: 'continue' | 'undo'
  readonly label: string
}

/** The script submits a form that continues. */
function ChangeButton({ change, csrfToken, action, label }: ChangeButtonProps) {
  const isContinuing = action === 'continue'
  return (
    <form
      method="post"
      action={`/dashboard/changes/${change.id}/${action}`}
      data-continue={isContinuing ? '' : undefined}
    >
      <CsrfField token={csrfToken} />
      <button class="button secondary small" type="submit">
        {label}
      </button>
    </form>
  )
}

function doneText({ kind, tag, newTag, links, isComplete }: LinkChangeState): string {
  const what = `${links.toLocaleString('en')} ${links === 1 ? 'link' : 'links'}`
  const texts: Readonly<Record<LinkChangeKind, string>> = {
    archive: `${what} archived.`,
    unarchive: `${what} moved out of the archive.`,
    delete: `${what} deleted. You can restore deleted links for 30 days.`,
    restore: `${what} restored.`,
    'add-tag': `Tag “${tag}” added to ${what}.`,
    'remove-tag': `Tag “${tag}” removed from ${what}.`,
    'rename-tag': `Tag “${tag}” renamed to “${newTag}” on ${what}. This cannot be undone.`,
  }
  return isComplete ? texts[kind] : `${texts[kind]} There are more to change.`
}

function undoneText({ isComplete }: LinkChangeState): string {
  return isComplete
    ? 'The change was undone. Links that were changed again since then stay as they are.'
    : 'The change is being undone. There are more links to change back.'
}
