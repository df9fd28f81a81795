import type { DescribePlace } from './describe-place.ts'
import { deviceText } from './device-text.ts'
import type { SignInPlace } from './ports/send-mail.ts'
import type { DeviceDetector } from './ports/user-sessions.ts'

/** Who came, as far as the request tells. */
export interface SeenClient {
  readonly ipAddress: string | null
  readonly userAgent: string | null
}

/** Where from and with what, in words for a letter. */
export type DescribeClient = (client: SeenClient) => SignInPlace

export interface DescribeClientPorts {
  readonly detectDevice: DeviceDetector
  readonly describePlace: DescribePlace
}

export function createDescribeClient(ports: DescribeClientPorts): DescribeClient {
  return function describeClient({ ipAddress, userAgent }) {
    return {
      device: userAgent === null ? null : deviceText(ports.detectDevice(userAgent)),
      ipAddress,
      place: ports.describePlace(ipAddress),
    }
  }
}
