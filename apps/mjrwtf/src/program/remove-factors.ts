import { createSessions, systemClock } from 'coatcheck'
import { nodeSecrets } from '../adapters/crypto/secrets.ts'
import { createMailer } from '../adapters/email/create-mailer.ts'
import { createLogger } from '../adapters/logging/logger.ts'
import type { Persistence } from '../adapters/persistence/persistence.ts'
import { createPendingSignIns } from '../adapters/sessions/user-sessions.ts'
import { createReportFactorChange } from '../application/second-factors/factor-changes.ts'
import { createRemoveFactorsNow } from '../application/second-factors/remove-factors-now.ts'
import { createEventBudget } from '../application/security-log/event-budget.ts'
import {
  createRecordSecurityEvent,
  type RecordSecurityEvent,
} from '../application/security-log/record-security-event.ts'
import type { Config } from '../config/config.ts'
import type { SecurityEvent } from '../domain/security-event.ts'
import { type Milliseconds, second } from '../domain/time.ts'

/** How long the email to the user may take. */
const emailTimeout: Milliseconds = 10 * second

/**
 * Removes all second factors of an account, while the app runs or not. Returns the line to print. The security event is
 * written and the email is sent before it returns; a failed delivery is printed as a log line.
 */
export async function removeFactors(
  persistence: Persistence,
  config: Config,
  email: string,
): Promise<string> {
  const events: SecurityEvent[] = []
  const mailer = createCommandMailer(config)
  const sessions = createSessions({ store: persistence.sessionStore, data: { initial: {} } })
  const removeFactorsNow = createRemoveFactorsNow({
    ...persistence,
    reportFactorChange: createReportFactorChange({
      ...persistence,
      pendingSignIns: createPendingSignIns(sessions),
      recordSecurityEvent: collectIn(events),
      sendMail: mailer.sendMail,
      // No one but the operator causes this email.
      notificationLimit: {
        budgetFor: async () => ({ counterKey: '' }),
        allows: async () => true,
      },
      describeClient: () => ({ device: null, ipAddress: null, location: null }),
      clock: systemClock,
    }),
  })
  const result = await removeFactorsNow(email).finally(sessions.close)
  if (result.status === 'not-found')
    return `No account has the email ${email}. Nothing was changed.`
  await persistence.securityEvents.add(events)
  await mailer.close(emailTimeout)
  return `Removed: ${result.user.email} has no second factor anymore (before: ${result.count}). The password is unchanged.`
}

function collectIn(events: SecurityEvent[]): RecordSecurityEvent {
  return createRecordSecurityEvent({
    addSecurityEvent: (event) => void events.push(event),
    addDetectionInput: () => {},
    budget: createEventBudget(),
    secrets: nodeSecrets,
    clock: systemClock,
  })
}

/** Logs failures only. In development no email is sent, and this prints none. */
function createCommandMailer({ mail, smtp, baseUrl, logLevel }: Config) {
  const log = createLogger(logLevel === 'info' ? 'warn' : logLevel)
  const ports = { clock: systemClock, secrets: nodeSecrets, log, print: () => {} }
  return createMailer({ mail, smtp, baseUrl, ...ports }).mailer
}
