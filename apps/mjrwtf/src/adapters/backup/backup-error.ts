/** A backup, a restore or a move is not possible. `message` is for the operator: what is wrong, what is safe, what to do. */
export class BackupError extends Error {
  override readonly name = 'BackupError'
}
