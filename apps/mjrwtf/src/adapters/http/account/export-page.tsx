import { CsrfField } from '../components/fields.tsx'
import type { Frame } from '../components/frame.ts'
import { SettingsLayout } from '../components/settings-layout.tsx'
import { countText } from '../components/texts.ts'

interface ExportPageProps {
  readonly frame: Frame
  /** Numbers of links that are not deleted, and of their clicks. */
  readonly links: number
  readonly clicks: number
}

/** What is stored about the user, with forms that export it. */
export function ExportPage({ frame, links, clicks }: ExportPageProps) {
  return (
    <SettingsLayout frame={frame} title="Your data">
      <p class="lead">Download a copy of everything we store about you.</p>
      <div class="narrow stack">
        <FullExport csrfToken={frame.csrfToken} />
        <SpreadsheetExports csrfToken={frame.csrfToken} links={links} clicks={clicks} />
        <p class="hint">
          Exports never contain passwords, session secrets or unsent drafts. To remove everything,{' '}
          <a href="/settings/delete">delete your account</a>.
        </p>
      </div>
    </SettingsLayout>
  )
}

function FullExport({ csrfToken }: { readonly csrfToken: string }) {
  return (
    <section class="card stack" aria-labelledby="everything">
      <h2 id="everything">All data</h2>
      <ul class="sentences">
        <li>your email (and a pending one), when you joined, and your preferences</li>
        <li>your links, including deleted ones, with all their codes and the latest edits</li>
        <li>each click: time, referrer, place, browser, system and device</li>
        <li>your active sessions: device, IP address and times</li>
        <li>your second factors, trusted browsers and connected apps, without their secrets</li>
        <li>your access tokens: name, access, networks and times, without the tokens</li>
        <li>your security log</li>
      </ul>
      <FileForm
        csrfToken={csrfToken}
        file="everything"
        label="Download all data (JSON)"
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
      <h2 id="tables">Spreadsheets</h2>
      <p class="hint">
        {countText(links, 'link')} and {countText(clicks, 'click')}, plus those of deleted links.
        You can export the <a href="/settings/security-log">security log</a> on its page.
      </p>
      <div class="actions">
        <FileForm csrfToken={csrfToken} file="links" label="Download links (CSV)" />
        <FileForm csrfToken={csrfToken} file="clicks" label="Download clicks (CSV)" />
      </div>
    </section>
  )
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
