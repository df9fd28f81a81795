import type { Clock } from 'coatcheck'
import { day } from '../../domain/time.ts'
import type { Secrets } from '../ports/secrets.ts'
import type { SetUpCodeRepository, UserRepository } from '../ports/user-repository.ts'

/**
 * Makes a one-time code with which the first account can be made within 24 hours, or answers `null`
 * when somebody has an account already. The code is secret and kept nowhere: print it now.
 */
export type IssueSetUpCode = () => Promise<string | null>

export interface IssueSetUpCodePorts {
  readonly users: UserRepository
  readonly setUpCodes: SetUpCodeRepository
  readonly secrets: Secrets
  readonly clock: Clock
}

export function createIssueSetUpCode(ports: IssueSetUpCodePorts): IssueSetUpCode {
  return async function issueSetUpCode() {
    if (await ports.users.hasOperator()) return null
    const code = ports.secrets.code()
    const now = ports.clock.now()
    await ports.setUpCodes.add(ports.secrets.hash(code), now + day, now)
    return code
  }
}
