/** A problem that the operator has to fix. `message` is one line for the terminal. */
export class StartError extends Error {
  override readonly name = 'StartError'
}
