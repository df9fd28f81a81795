import type { UserRepository } from './ports/user-repository.ts'

/** Whether nobody has an account yet. Stops asking the database once somebody has. */
export type NeedsSetUp = () => Promise<boolean>

export function createNeedsSetUp(ports: { readonly users: UserRepository }): NeedsSetUp {
  let done = false
  return async function needsSetUp() {
    if (!done) done = await ports.users.hasOperator()
    return !done
  }
}
