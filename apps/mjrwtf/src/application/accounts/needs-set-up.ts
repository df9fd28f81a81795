import type { UserRepository } from '../ports/user-repository.ts'

/** Whether nobody has an account yet. Stops asking the database once somebody has. */
export type NeedsSetUp = () => Promise<boolean>

export function createNeedsSetUp(ports: { readonly users: UserRepository }): NeedsSetUp {
  let isSetUp = false
  return async function needsSetUp() {
    if (!isSetUp) isSetUp = await ports.users.hasOperator()
    return !isSetUp
  }
}
