import type { Hono } from 'hono'
import type { ManageLinks } from '../../../application/operator/manage-links.ts'
import type { OpenReport } from '../../../application/ports/link-report-repository.ts'
import type { Frame } from '../components/frame.ts'
import { Pagination } from '../components/pagination.tsx'
import { SettingsLayout } from '../components/settings-layout.tsx'
import { relativeText } from '../components/texts.ts'
import type { AppEnv, PageContext, UserRequestContext } from '../http-context.ts'
import { limitPage, type ReadContext } from '../middleware/limit-reads.ts'
import { operatorRoutes } from '../middleware/operator-routes.ts'
import { parseEntryCursor } from '../responses/cursor.ts'
import { type EntryList, readEntries } from '../responses/entries.ts'
import { frameOf, page } from '../responses/page.ts'
import { pagingOrDefault } from '../responses/paging.ts'
import { managedLinkPath, ReportComment } from './managed-link-page.tsx'
import { reasonLabels } from './reason-labels.ts'

export interface ReportQueueContext extends PageContext, ReadContext {
  readonly manageLinks: Pick<ManageLinks, 'listReports'>
}

const path = '/settings/reports'

/** The reports that wait for an administrator. */
export function addReportQueueRoutes(app: Hono<AppEnv>, context: ReportQueueContext): void {
  operatorRoutes(app, context).get(
    path,
    limitPage(context, (c) => showReports(context, c)),
  )
}

async function showReports(context: ReportQueueContext, c: UserRequestContext): Promise<Response> {
  const { limit } = pagingOrDefault(c.req.query())
  const placeOf = ({ createdAt: at, id }: OpenReport) => ({ at, id })
  const cursor = parseEntryCursor(c.req.query('cursor') ?? '')
  const list = await readEntries(cursor, placeOf, async (start) => {
    const { reports, hasMore } = await context.manageLinks.listReports(c.var.user, { start, limit })
    return { entries: reports, hasMore }
  })
  const frame = await frameOf(context, c)
  return page(c, <ReportsPage {...{ frame, list, limit, now: context.clock.now() }} />)
}

interface ReportsPageProps {
  readonly frame: Frame
  readonly list: EntryList<OpenReport>
  readonly limit: number
  readonly now: number
}

function ReportsPage({ frame, list, limit, now }: ReportsPageProps) {
  const { range } = list
  return (
    <SettingsLayout frame={frame} title="Reports">
      <p class="lead">
        What visitors reported about links. Open a report to take the link down or to dismiss it.
      </p>
      {range.count === 0 ? (
        <div class="empty">
          <h2>No open reports</h2>
          <p>Every link preview has a link with which visitors report it.</p>
        </div>
      ) : (
        <ul class="devices" aria-label="Reports, newest first">
          {list.entries.map((report) => (
            <ReportItem report={report} now={now} />
          ))}
        </ul>
      )}
      {range.count > 0 && <Pagination {...{ path, limit, filter: {}, range, total: null }} />}
    </SettingsLayout>
  )
}

function ReportItem({ report, now }: { readonly report: OpenReport; readonly now: number }) {
  const { link } = report
  return (
    <li class="device managed">
      <div class="device-head">
        <h2 class="breakable">
          <a href={managedLinkPath(report.linkId)}>
            {reasonLabels[report.reason]}
            <span class="visually-hidden">: /{link.shortCode}</span>
          </a>
        </h2>
        <span class="hint">{relativeText(report.createdAt, now)}</span>
      </div>
      <p class="device-note breakable managed-destination">
        /{link.shortCode} → {link.destination}
      </p>
      {report.comment !== '' && (
        <div class="device-note">
          <ReportComment comment={report.comment} />
        </div>
      )}
      <p class="hint device-note breakable">{link.ownerEmail}</p>
    </li>
  )
}
