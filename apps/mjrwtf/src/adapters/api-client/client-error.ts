/** A command for users cannot do what it was asked. `message` is one line that says what to do. Contains no token. */
export class ClientError extends Error {
  override readonly name = 'ClientError'
}
