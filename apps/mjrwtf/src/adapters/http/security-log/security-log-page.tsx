import type { Device } from '../../../application/ports/client-detection.ts'
import {
  maxExportRows,
  type SecurityEventView,
} from '../../../application/security-log/security-log.ts'
import { isSuspicious, type SecurityTopic } from '../../../domain/security-event.ts'
import type { Frame } from '../components/frame.ts'
import { Pagination } from '../components/pagination.tsx'
import { SettingsLayout } from '../components/settings-layout.tsx'
import { Timestamp } from '../components/timestamp.tsx'
import type { EntryList } from '../responses/entries.ts'
import {
  isCausedByOther,
  otherAccountId,
  previousClientText,
  securityEventText,
} from './security-event-text.ts'

interface SecurityLogPageProps {
  readonly frame: Frame
  readonly list: EntryList<SecurityEventView>
  /** `null` for all events. */
  readonly topic: SecurityTopic | null
  readonly limit: number
}

const path = '/settings/security-log'

export function SecurityLogPage({ frame, list, topic, limit }: SecurityLogPageProps) {
  const filter = topic === null ? {} : { kind: topic }
  const { entries, range } = list
  return (
    <SettingsLayout frame={frame} title="Security log">
      <p class="lead">
        Security events from the last 12 months. Don't recognize something?{' '}
        <a href="/settings/sessions">Sign out that device</a> and{' '}
        <a href="/settings/password">change your password</a>.
      </p>
      <Topics topic={topic} />
      {range.count === 0 ? <NoEvents topic={topic} /> : <Events events={entries} />}
      {range.count > 0 && <Pagination {...{ path, limit, filter, range, total: null }} />}
      <Export filter={filter} />
    </SettingsLayout>
  )
}

const topics: readonly (readonly [SecurityTopic | null, string])[] = [
  [null, 'All'],
  ['sign-ins', 'Sign-ins'],
  ['failures', 'Failed attempts'],
  ['sessions', 'Sign-outs'],
  ['changes', 'New network or browser'],
  ['unusual', 'Suspicious'],
  ['account', 'Account'],
]

function Topics({ topic }: Pick<SecurityLogPageProps, 'topic'>) {
  return (
    <nav class="choices" aria-label="Type of event">
      <ul>
        {topics.map(([value, label]) => (
          <li>
            <a
              href={value === null ? path : `${path}?kind=${value}`}
              aria-current={value === topic ? 'true' : undefined}
            >
              {label}
            </a>
          </li>
        ))}
      </ul>
    </nav>
  )
}

function NoEvents({ topic }: Pick<SecurityLogPageProps, 'topic'>) {
  return (
    <div class="empty">
      <h2>{topic === null ? 'No more events' : 'No events of this type'}</h2>
      <a class="button secondary" href={path}>
        Show all events
      </a>
    </div>
  )
}

function Events({ events }: { readonly events: readonly SecurityEventView[] }) {
  return (
    <table class="events">
      <caption class="visually-hidden">Events, newest first</caption>
      <thead>
        <tr>
          <th scope="col">Event</th>
          <th scope="col">When</th>
          <th scope="col">Device</th>
          <th scope="col">IP address</th>
        </tr>
      </thead>
      <tbody>
        {events.map((event) => (
          <EventRow event={event} />
        ))}
      </tbody>
    </table>
  )
}

function EventRow({ event }: { readonly event: SecurityEventView }) {
  const previousClient = previousClientText(event)
  const otherId = otherAccountId(event)
  return (
    <tr>
      <th scope="row" class="wide">
        <span class="title">
          {securityEventText(event)}
          {event.outcome === 'failure' && <span class="tag warning">Failed</span>}
          {isSuspicious(event.kind) && <span class="tag warning">Was this you?</span>}
        </span>
        {previousClient !== null && <span class="hint">Before: {previousClient}</span>}
        {otherId !== null && (
          <span class="hint">
            {isCausedByOther(event) ? 'By account' : 'Account'}{' '}
            <code title={otherId}>{otherId.slice(0, 8)}</code>
          </span>
        )}
        {event.sessionId !== null && (
          <span class="hint">
            Session <code title={event.sessionId}>{event.sessionId.slice(0, 8)}</code>
          </span>
        )}
      </th>
      <td data-label="When">
        <Timestamp instant={event.at} precision="second" />
      </td>
      <td data-label="Device" title={event.userAgent ?? undefined}>
        {deviceText(event)}
      </td>
      <td data-label="IP address" class="breakable">
        {event.ipAddress ?? '—'}
        {event.location !== null && <span class="hint location">{event.location}</span>}
      </td>
    </tr>
  )
}

function deviceText({ userAgent, device }: SecurityEventView): string {
  return userAgent === null ? '—' : deviceName(device)
}

function deviceName({ browser, system }: Device): string {
  if (browser === null && system === null) return 'Unknown device'
  if (browser === null || system === null) return browser ?? system ?? ''
  return `${browser} on ${system}`
}

function Export({ filter }: { readonly filter: Readonly<Record<string, string>> }) {
  const exportUrl = (format: string) => `${path}?${new URLSearchParams({ ...filter, format })}`
  return (
    <section class="card" aria-labelledby="export">
      <h2 id="export">Export</h2>
      <p class="hint">
        Up to {maxExportRows.toLocaleString('en')} of the newest events shown here. You may need to
        enter your password again.
      </p>
      <p class="actions">
        <a class="button secondary" href={exportUrl('csv')}>
          Export as CSV
        </a>
        <a class="button secondary" href={exportUrl('json')}>
          Export as JSON
        </a>
      </p>
    </section>
  )
}
