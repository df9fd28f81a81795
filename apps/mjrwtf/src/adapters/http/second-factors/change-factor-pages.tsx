import { DraftRestoredAlert } from '../components/alerts.tsx'
import { CsrfField, DraftFields, Field, type FieldErrors } from '../components/fields.tsx'
import type { Frame } from '../components/frame.ts'
import { SettingsLayout } from '../components/settings-layout.tsx'

/** What is different in the pages of each kind of factor. */
export interface FactorTexts {
  /** Of the kind, in lower case. */
  readonly noun: string
  readonly renameHint: string
  /** What the user can no longer do. */
  readonly removalEffect: string
  /** What else the user should do. */
  readonly removalHint: string
}

interface ChangePageProps {
  readonly frame: Frame
  /** Of the list. */
  readonly path: string
  readonly texts: FactorTexts
  /** As stored, or as entered. */
  readonly name: string
}

interface RenamePageProps extends ChangePageProps {
  readonly fieldErrors: FieldErrors
  /** Id of the draft that filled the form, or empty. */
  readonly draft: string
  /** Whether the form was just filled with the draft. */
  readonly isRestored: boolean
}

export function RenameFactorPage(props: RenamePageProps) {
  const { frame, path, texts, name, fieldErrors, draft } = props
  return (
    <SettingsLayout frame={frame} title={`Rename ${texts.noun}`} section={path}>
      <div class="narrow stack">
        {props.isRestored && <DraftRestoredAlert />}
        <form class="card" method="post" action={frame.path}>
          <CsrfField token={frame.csrfToken} />
          <DraftFields ownerToken={frame.formOwnerToken} draft={draft} />
          <Field
            name="name"
            label="Name"
            value={name}
            problem={fieldErrors.name}
            hint={texts.renameHint}
            attributes={{ autocomplete: 'off' }}
          />
          <div class="actions">
            <button class="button" type="submit">
              Save
            </button>
            <a href={path}>Cancel</a>
          </div>
        </form>
      </div>
    </SettingsLayout>
  )
}

export function RemoveFactorPage({ frame, path, texts, name }: ChangePageProps) {
  return (
    <SettingsLayout frame={frame} title={`Remove ${texts.noun}`} section={path}>
      <div class="narrow stack">
        <form class="card" method="post" action={frame.path} data-once="">
          <CsrfField token={frame.csrfToken} />
          <p class="breakable">
            Remove <strong>{name}</strong>? {texts.removalEffect}
          </p>
          <p class="hint">{texts.removalHint}</p>
          <div class="actions">
            <button class="button danger" type="submit">
              Remove
            </button>
            <a href={path}>Cancel</a>
          </div>
        </form>
      </div>
    </SettingsLayout>
  )
}
