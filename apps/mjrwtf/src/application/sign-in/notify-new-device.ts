import type { Clock } from 'coatcheck'
import type { User } from '../../domain/user.ts'
import type { SendMail } from '../ports/email.ts'
import type { DescribeClient } from '../shared/describe-client.ts'

export interface NewDevice {
  readonly user: User
  readonly ipAddress: string | null
  readonly userAgent: string | null
}

/** Writes to the owner of an account that it was signed in on a new device. Returns at once. */
export type NotifyNewDevice = (device: NewDevice) => void

export interface NotifyNewDevicePorts {
  readonly sendMail: SendMail
  readonly describeClient: DescribeClient
  readonly clock: Clock
}

export function createNotifyNewDevice(ports: NotifyNewDevicePorts): NotifyNewDevice {
  return function notifyNewDevice({ user, ipAddress, userAgent }) {
    const from = ports.describeClient({ ipAddress, userAgent })
    ports.sendMail(user.email, { kind: 'new-device', at: ports.clock.now(), from })
  }
}
