import type { Hono } from 'hono'
import type { UnknownCodes } from '../../../application/links/unknown-codes.ts'
import type { UnknownCode } from '../../../domain/unknown-code.ts'
import type { Frame } from '../components/frame.ts'
import { SettingsLayout } from '../components/settings-layout.tsx'
import { countText } from '../components/texts.ts'
import { Timestamp } from '../components/timestamp.tsx'
import type { AppEnv, PageContext } from '../http-context.ts'
import { limitPage, type ReadContext } from '../middleware/limit-reads.ts'
import { operatorRoutes } from '../middleware/operator-routes.ts'
import { frameOf, page } from '../responses/page.ts'

export interface UnknownCodesContext extends PageContext, ReadContext {
  readonly unknownCodes: Pick<UnknownCodes, 'list'>
}

/** What visitors requested that no link has, for administrators. */
export function addUnknownCodeRoutes(app: Hono<AppEnv>, context: UnknownCodesContext): void {
  const handler = limitPage(context, async (c) => {
    const codes = await context.unknownCodes.list()
    return page(c, <UnknownCodesPage frame={await frameOf(context, c)} codes={codes} />)
  })
  operatorRoutes(app, context).get('/settings/unknown-codes', handler)
}

interface UnknownCodesPageProps {
  readonly frame: Frame
  readonly codes: readonly UnknownCode[]
}

function UnknownCodesPage({ frame, codes }: UnknownCodesPageProps) {
  return (
    <SettingsLayout frame={frame} title="Unknown codes">
      <p class="lead">
        Codes that visitors requested and no link has, most visits first: misprints, and links that
        were announced before they were created. They are removed 30 days after their last visit.
      </p>
      {codes.length === 0 ? (
        <p>No visits to unknown codes.</p>
      ) : (
        <ul class="devices">
          {codes.map((each) => (
            <UnknownCodeItem {...each} />
          ))}
        </ul>
      )}
    </SettingsLayout>
  )
}

function UnknownCodeItem({ code, visits, firstVisitAt, lastVisitAt }: UnknownCode) {
  return (
    <li class="device">
      <h2 dir="auto">/{code}</h2>
      <p class="hint">
        {countText(visits, 'visit')} · first <Timestamp instant={firstVisitAt} precision="day" /> ·
        last <Timestamp instant={lastVisitAt} precision="minute" />
      </p>
    </li>
  )
}
