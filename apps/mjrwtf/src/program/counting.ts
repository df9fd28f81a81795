import type { AppMetrics } from '../adapters/metrics/app-metrics.ts'
import type { ClickSink } from '../application/ports/click-repository.ts'
import type { SendMail } from '../application/ports/email.ts'
import type { SecurityLog } from '../application/security-log/security-log.ts'

/** Counts security events, also those that are not stored because there are too many. */
export function countingEvents(
  { countSecurityEvent }: Pick<AppMetrics, 'countSecurityEvent'>,
  securityLog: SecurityLog,
): SecurityLog {
  return {
    ...securityLog,
    record(event) {
      countSecurityEvent(event.kind)
      securityLog.record(event)
    },
  }
}

export function countingEmails(
  { countEmail }: Pick<AppMetrics, 'countEmail'>,
  sendMail: SendMail,
): SendMail {
  return (to, email, timeZone) => {
    countEmail('requested')
    sendMail(to, email, timeZone)
  }
}

export function countingClicks(
  { countClicks }: Pick<AppMetrics, 'countClicks'>,
  clicks: ClickSink,
): ClickSink {
  return {
    add(click) {
      countClicks(click.count)
      clicks.add(click)
    },
    addCounted(click) {
      countClicks(click.count)
      clicks.addCounted(click)
    },
  }
}
