/** The first descriptor after standard input, output and error (sd_listen_fds(3)). */
const firstDescriptor = 3

/**
 * Descriptors of the sockets on which a supervisor such as systemd already listens for this process. They stay open while
 * no process runs, so that a connection waits during a restart instead of being refused. Empty without them, and for a
 * process that has only inherited the variables of another one.
 */
export function inheritedSockets(
  environment: Readonly<Record<string, string | undefined>>,
  processId: number,
): readonly number[] {
  const count = Number(environment.LISTEN_FDS ?? 0)
  const isOurs = environment.LISTEN_PID === String(processId)
  if (!isOurs || !Number.isInteger(count) || count < 1) return []
  return Array.from({ length: count }, (_, index) => firstDescriptor + index)
}
