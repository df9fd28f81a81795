import { locationText } from '../../domain/location.ts'
import type { Device, DeviceDetector, GeoLocator } from '../ports/client-detection.ts'
import type { SignInClient } from '../ports/email.ts'

/** The client of a request. */
export interface ClientInfo {
  readonly ipAddress: string | null
  readonly userAgent: string | null
}

/** Describes a client for the recipient of an email. */
export type DescribeClient = (client: ClientInfo) => SignInClient

/** Describes the location of an IP address: `Lyon, France`. Returns `null` if it is unknown. */
export type DescribeLocation = (ipAddress: string | null) => string | null

export interface DescribeClientDependencies {
  readonly detectDevice: DeviceDetector
  readonly describeLocation: DescribeLocation
}

export function createDescribeClient(dependencies: DescribeClientDependencies): DescribeClient {
  const { detectDevice, describeLocation } = dependencies
  return function describeClient({ ipAddress, userAgent }) {
    return {
      device: userAgent === null ? null : deviceText(detectDevice(userAgent)),
      ipAddress,
      location: describeLocation(ipAddress),
    }
  }
}

export function createDescribeLocation({
  locateIp,
}: {
  readonly locateIp: GeoLocator
}): DescribeLocation {
  return (ipAddress) => locationText(locateIp(ipAddress))
}

/** The name of a device: `Firefox on Linux`. */
export function deviceText({ browser, system }: Device): string {
  const name = browser ?? 'Unknown browser'
  return system === null || system === browser ? name : `${name} on ${system}`
}
