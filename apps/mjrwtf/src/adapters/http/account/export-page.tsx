import { CsrfField } from '../components/fields.tsx'
import type { Frame } from '../components/frame.ts'
import { SettingsLayout } from '../components/settings-layout.tsx'

interface ExportPageProps {
  readonly frame: Frame
  /** How many links there are that were not removed, and clicks on them. */
  readonly links: number
  readonly clicks: number
}

/** What is kept of somebody, and the ways to take it along. */
export function ExportPage({ frame, links, clicks }: ExportPageProps) {
  return (
    <SettingsLayout frame={frame} title="Your data">
      <p class="lead">
        Everything that this server keeps about you, to look at or to take with you.
      </p>
      <div class="narrow stack">
        <FullExport csrfToken={frame.csrfToken} />
        <SpreadsheetExports csrfToken={frame.csrfToken} links={links} clicks={clicks} />
        <p class="hint">
          Passwords, what keeps you signed in, and what you were typing when you had to sign in
          again are in none of these files. To remove it all,{' '}
          <a href="/settings/delete">delete your account</a>.
        </p>
      </div>
    </SettingsLayout>
  )
}

function FullExport({ csrfToken }: { readonly csrfToken: string }) {
  return (
    <section class="card stack" aria-labelledby="everything">
      <h2 id="everything">Everything</h2>
      <ul class="sentences">
        <li>your address, one that waits to be confirmed, and since when you have the account</li>
        <li>your links, those that you have deleted too</li>
        <li>the time, site, country and browser of each click on them, as far as they are kept</li>
        <li>the sessions that are open now: device, address and times</li>
        <li>your security log</li>
      </ul>
      <FileForm
        csrfToken={csrfToken}
        file="everything"
        label="Download everything (JSON)"
        isPrimary
      />
    </section>
  )
}

function SpreadsheetExports({
  csrfToken,
  links,
  clicks,
}: Omit<ExportPageProps, 'frame'> & FormProps) {
  return (
    <section class="card stack" aria-labelledby="tables">
      <h2 id="tables">For a spreadsheet</h2>
      <p class="hint">
        You have {countText(links, 'link')} and {countText(clicks, 'click')}, and perhaps some of
        links that you have deleted. The <a href="/settings/security-log">security log</a> has a
        table of its own.
      </p>
      <div class="actions">
        <FileForm csrfToken={csrfToken} file="links" label="Download links (CSV)" />
        <FileForm csrfToken={csrfToken} file="clicks" label="Download clicks (CSV)" />
      </div>
    </section>
  )
}

function countText(count: number, noun: string): string {
  return `${count.toLocaleString('en')} ${noun}${count === 1 ? '' : 's'}`
}

interface FormProps {
  readonly csrfToken: string
}

interface FileFormProps extends FormProps {
  readonly file: 'everything' | 'links' | 'clicks'
  readonly label: string
  readonly isPrimary?: boolean
}

function FileForm({ csrfToken, file, label, isPrimary }: FileFormProps) {
  return (
    <form method="post" action="/settings/export">
      <CsrfField token={csrfToken} />
      <input type="hidden" name="file" value={file} />
      <button class={isPrimary === true ? 'button' : 'button secondary'} type="submit">
        {label}
      </button>
    </form>
  )
}
