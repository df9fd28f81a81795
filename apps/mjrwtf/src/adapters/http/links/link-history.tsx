import type { LinkChange, LinkEdit, LinkEditField } from '../../../domain/link-edit.ts'
import { Timestamp } from '../components/timestamp.tsx'

const labels: Readonly<Record<LinkEditField, string>> = {
  shortCode: 'Short code',
  domain: 'Domain',
  destination: 'Destination',
  title: 'Title',
  note: 'Note',
  tags: 'Tags',
  startsAt: 'Starts',
  expiresAt: 'Expires',
  fallbackUrl: 'Fallback URL',
  clickLimit: 'Click limit',
  forwardsQuery: 'Query string',
  password: 'Password',
  archivedAt: 'Archive',
  takenDownAt: 'Take-down',
}

const editorTexts = { page: 'You, on this site', api: 'You, through the API' } as const

/** The edits of a link, newest first. Nothing for a link that was never edited. */
export function LinkHistory({ edits }: { readonly edits: readonly LinkEdit[] }) {
  if (edits.length === 0) return null
  return (
    <section class="link-section" aria-labelledby="edit-history">
      <h2 id="edit-history">Edit history</h2>
      <details class="disclosure">
        <summary>
          {edits.length === 1 ? 'Show the last edit' : `Show the last ${edits.length} edits`}
        </summary>
        <ol class="edits">
          {edits.map((edit) => (
            <Edit edit={edit} />
          ))}
        </ol>
      </details>
    </section>
  )
}

function Edit({ edit }: { readonly edit: LinkEdit }) {
  const editor = editorText(edit)
  return (
    <li>
      <p class="hint">
        <Timestamp instant={edit.at} precision="minute" />
        {editor !== null && ` · ${editor}`}
      </p>
      <dl>
        {edit.changes.map((change) => (
          <div>
            <dt>{labels[change.field]}</dt>
            <dd>
              <Change change={change} />
            </dd>
          </div>
        ))}
      </dl>
    </li>
  )
}

/** Only the administrator takes links down. */
function editorText({ by, changes }: LinkEdit): string | null {
  if (changes.some(({ field }) => field === 'takenDownAt')) return 'An administrator'
  return by === null ? null : editorTexts[by]
}

function Change({ change }: { readonly change: LinkChange }) {
  const { field, before, after } = change
  const sentence = sentenceOf(change)
  if (sentence !== null) return <>{sentence}</>
  return (
    <>
      <del>
        <span class="visually-hidden">Before: </span>
        <Value field={field} value={before} />
      </del>{' '}
      <ins>
        <span class="visually-hidden">After: </span>
        <Value field={field} value={after} />
      </ins>
    </>
  )
}

const passwordTexts = ['Removed', 'Set', 'Replaced']

/** For a change without values to show. */
function sentenceOf({ field, after }: LinkChange): string | null {
  if (field === 'password') return passwordTexts[Number(after)] ?? 'Replaced'
  if (field === 'archivedAt') return after === null ? 'Restored from the archive' : 'Archived'
  if (field === 'takenDownAt') return after === null ? 'Restored' : 'Taken down'
  if (field === 'forwardsQuery') return Number(after) === 1 ? 'Forwarded' : 'Not forwarded'
  return null
}

interface ValueProps {
  readonly field: LinkEditField
  readonly value: LinkChange['after']
}

function Value({ field, value }: ValueProps) {
  if (typeof value === 'number') {
    if (field === 'clickLimit') return value.toLocaleString('en')
    return <Timestamp instant={value} precision="minute" />
  }
  const text = typeof value === 'string' ? value : (value ?? []).join(', ')
  return text === '' ? 'None' : <bdi>{text}</bdi>
}
