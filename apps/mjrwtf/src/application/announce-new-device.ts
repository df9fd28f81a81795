import type { User } from '../domain/user.ts'
import { deviceText } from './device-text.ts'
import type { Clock } from './ports/clock.ts'
import type { SendMail } from './ports/send-mail.ts'
import type { DeviceDetector } from './ports/user-sessions.ts'

export interface NewDevice {
  readonly user: User
  readonly ipAddress: string | null
  readonly userAgent: string | null
}

/** Writes to the owner of an account that it was signed in on a new device. Returns at once. */
export type AnnounceNewDevice = (device: NewDevice) => void

export interface AnnounceNewDevicePorts {
  readonly sendMail: SendMail
  readonly detectDevice: DeviceDetector
  readonly clock: Clock
}

export function createAnnounceNewDevice(ports: AnnounceNewDevicePorts): AnnounceNewDevice {
  return function announceNewDevice({ user, ipAddress, userAgent }) {
    const device = userAgent === null ? null : deviceText(ports.detectDevice(userAgent))
    const from = { device, ipAddress, place: null }
    ports.sendMail(user.email, { kind: 'new-device', at: ports.clock.now(), from })
  }
}
