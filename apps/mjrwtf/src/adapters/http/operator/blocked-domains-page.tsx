import type { BlockedDomain } from '../../../domain/blocked-domain.ts'
import { takeDownReasons } from '../../../domain/take-down.ts'
import { Alert } from '../components/alerts.tsx'
import { CsrfField, Field } from '../components/fields.tsx'
import type { Frame } from '../components/frame.ts'
import { Pagination } from '../components/pagination.tsx'
import { SettingsLayout } from '../components/settings-layout.tsx'
import { Timestamp } from '../components/timestamp.tsx'
import type { FormState } from '../forms/form-page.ts'
import type { EntryList } from '../responses/entries.ts'
import { reasonLabels } from './reason-labels.ts'

export const blockedDomainsPath = '/settings/blocked-domains'

interface BlockedDomainsPageProps
  extends FormState<{ readonly domain: string; readonly reason: string }> {
  readonly frame: Frame
  readonly list: EntryList<BlockedDomain>
  readonly limit: number
}

/** The domains that no link may lead to, with the form that blocks another one. */
export function BlockedDomainsPage(props: BlockedDomainsPageProps) {
  const { frame, list, limit } = props
  const { range } = list
  return (
    <SettingsLayout frame={frame} title="Blocked domains">
      <p class="lead">
        No link can be created to these domains or to domains below them, and existing links to them
        do not redirect.
      </p>
      <BlockForm {...props} />
      {range.count === 0 ? (
        <p>No domain is blocked here. A file of the server may block others.</p>
      ) : (
        <ul class="devices" aria-label="Blocked domains, newest first">
          {list.entries.map((blocked) => (
            <DomainItem blocked={blocked} csrfToken={frame.csrfToken} />
          ))}
        </ul>
      )}
      {range.count > 0 && (
        <Pagination {...{ path: blockedDomainsPath, limit, filter: {}, range, total: null }} />
      )}
    </SettingsLayout>
  )
}

function BlockForm({ frame, values, fieldErrors, problem }: BlockedDomainsPageProps) {
  return (
    <form class="card stack narrow" method="post" action={blockedDomainsPath} data-once="">
      <CsrfField token={frame.csrfToken} />
      {problem !== null && (
        <Alert kind="error">
          <p>{problem}</p>
        </Alert>
      )}
      <Field
        name="domain"
        label="Domain"
        value={values.domain}
        problem={fieldErrors.domain}
        hint="Such as example.com, which includes login.example.com. You can paste a URL."
        attributes={{ autocomplete: 'off', autocapitalize: 'none', spellcheck: 'false' }}
      />
      <div class="field">
        <label for="reason">Reason, for administrators</label>
        <select id="reason" name="reason">
          {takeDownReasons.map((reason) => (
            <option value={reason} selected={reason === values.reason}>
              {reasonLabels[reason]}
            </option>
          ))}
        </select>
        {fieldErrors.reason !== undefined && <p class="problem">{fieldErrors.reason}</p>}
      </div>
      <div>
        <button class="button danger" type="submit">
          Block domain
        </button>
      </div>
    </form>
  )
}

interface DomainItemProps {
  readonly blocked: BlockedDomain
  readonly csrfToken: string
}

function DomainItem({ blocked, csrfToken }: DomainItemProps) {
  const { domain, reason, blockedAt } = blocked
  return (
    <li class="device managed">
      <div class="device-head">
        <h2 class="breakable">{domain}</h2>
      </div>
      <p class="hint device-note">
        {reasonLabels[reason]} · <Timestamp instant={blockedAt} precision="day" />
      </p>
      <form method="post" action={`${blockedDomainsPath}/unblock`} data-once="">
        <CsrfField token={csrfToken} />
        <input type="hidden" name="domain" value={domain} />
        <button class="button secondary small" type="submit">
          Unblock<span class="visually-hidden"> {domain}</span>
        </button>
      </form>
    </li>
  )
}
