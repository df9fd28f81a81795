import type { TakeDownReason } from '../../../domain/take-down.ts'

/** The reasons of reports and take-downs, as choices. */
export const reasonLabels: Readonly<Record<TakeDownReason, string>> = {
  phishing: 'Phishing: it imitates another site',
  malware: 'Malicious software',
  spam: 'Spam',
  illegal: 'Illegal content',
  legal: 'A legal request, such as copyright',
  other: 'Something else',
}
