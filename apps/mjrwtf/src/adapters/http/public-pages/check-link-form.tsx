import { Field } from '../components/fields.tsx'

interface CheckLinkFormProps {
  readonly shortBaseUrl: string
  readonly value: string
  readonly problem: string | undefined
}

/** For visitors who received a short link: leads to its preview. */
export function CheckLinkForm({ shortBaseUrl, value, problem }: CheckLinkFormProps) {
  return (
    <form class="stack" method="get" action="/preview">
      <h2>Check a short link</h2>
      <Field
        name="link"
        label="Short link or code"
        hint={`Such as ${new URL(shortBaseUrl).host}/menu. You will not be redirected.`}
        value={value}
        problem={problem}
        attributes={{ autocomplete: 'off', autocapitalize: 'none', spellcheck: 'false' }}
      />
      <button class="button" type="submit">
        Show destination
      </button>
    </form>
  )
}
