import type { SignInClient } from '../ports/email.ts'
import type { DeviceDetector } from '../ports/user-sessions.ts'
import type { DescribeLocation } from './describe-location.ts'
import { deviceText } from './device-text.ts'

/** Who came, as far as the request tells. */
export interface ClientInfo {
  readonly ipAddress: string | null
  readonly userAgent: string | null
}

/** Where from and with what, in words for a letter. */
export type DescribeClient = (client: ClientInfo) => SignInClient

export interface DescribeClientPorts {
  readonly detectDevice: DeviceDetector
  readonly describeLocation: DescribeLocation
}

export function createDescribeClient(ports: DescribeClientPorts): DescribeClient {
  return function describeClient({ ipAddress, userAgent }) {
    return {
      device: userAgent === null ? null : deviceText(ports.detectDevice(userAgent)),
      ipAddress,
      location: ports.describeLocation(ipAddress),
    }
  }
}
