import type { ClickReport } from '../../../application/links/report-clicks.ts'
import { countText } from '../components/texts.ts'
import { ColumnChart } from './column-chart.tsx'

/** The clicks by hour of the day, in the time zone of the report. */
export function HourSection({ report }: { readonly report: ClickReport }) {
  const hours = report.byHour.map((clicks, hour) => ({ clicks, text: hourText(hour) }))
  const peak = hours.reduce((max, each) => (each.clicks > max.clicks ? each : max))
  const columns = hours.map(({ clicks, text }) => {
    return { label: text, title: `${text}: ${countText(clicks, 'click')}`, value: clicks, extra: 0 }
  })
  const description = `Busiest hour: ${peak.text} (${countText(peak.clicks, 'click')}). The table below has every number.`
  return (
    <section class="stat-list hours">
      <h2 id="hours">Hours of the day</h2>
      <ColumnChart id="hour-chart" title="Clicks by hour" {...{ description, columns }} />
      <details>
        <summary class="button secondary small">All 24 hours</summary>
        <table aria-labelledby="hours">
          <thead>
            <tr>
              <th scope="col">From</th>
              <th scope="col" class="number">
                Clicks
              </th>
            </tr>
          </thead>
          <tbody>
            {hours.map(({ clicks, text }) => (
              <tr>
                <th scope="row">{text}</th>
                <td class="number">{clicks.toLocaleString('en')}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </details>
    </section>
  )
}

function hourText(hour: number): string {
  return `${String(hour).padStart(2, '0')}:00`
}
