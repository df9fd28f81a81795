import type { Clock } from 'coatcheck'
import type { Log } from '../ports/log.ts'
import type { PhoneRepository, SmsCodeRepository } from '../ports/phone-repository.ts'
import type { CodeHasher, Secrets } from '../ports/secrets.ts'
import type { SendTextMessage } from '../ports/sms.ts'
import type { ReportFactorChange } from '../second-factors/factor-changes.ts'
import type { ManageFactors } from '../second-factors/manage-factors.ts'
import type { Limits } from '../shared/rate-limits.ts'

export interface PhonesDependencies {
  readonly phones: PhoneRepository
  readonly smsCodes: SmsCodeRepository
  /** `null` if the operator has configured no gateway. */
  readonly sendTextMessage: SendTextMessage | null
  readonly manageFactors: Pick<ManageFactors, 'remove'>
  readonly reportFactorChange: ReportFactorChange
  readonly limits: Pick<Limits, 'textMessage'>
  readonly secrets: Pick<Secrets, 'id' | 'sixDigits'>
  readonly codeHasher: CodeHasher
  /** Host of the base URL, to which browsers bind the code of a message. */
  readonly siteHost: string
  readonly clock: Clock
  readonly log: Pick<Log, 'info'>
}
