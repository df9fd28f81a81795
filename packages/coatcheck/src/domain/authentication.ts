import type { Instant } from './time.ts'

/**
 * How a user has authenticated: the names that RFC 8176 registers for `amr`, and `fed`, a sign-in at another
 * identity provider, which has no name there.
 */
export type AuthenticationMethod =
  /** A password. */
  | 'pwd'
  /** A one-time code: from an authenticator app or a hardware token, or a recovery code. */
  | 'otp'
  /** A code by text message. A restricted authenticator (SP 800-63B-4 section 3.2.9). */
  | 'sms'
  /** A call to a phone. Restricted too. */
  | 'tel'
  /**
   * Possession of a key in hardware, from which it cannot be exported, as attested. Level 3 also requires a
   * protocol that resists phishing, such as WebAuthn or a client certificate: pass `hwk` and `sc` only for those.
   */
  | 'hwk'
  /** Possession of a key in software: a passkey, unless an attestation shows that hardware protects it. */
  | 'swk'
  /** Possession of a key of unknown kind. */
  | 'pop'
  /** A smart card. */
  | 'sc'
  /** A PIN that unlocks a key on the device of the user. Counts only together with a key. */
  | 'pin'
  /** Biometrics that unlock a key: fingerprint, face, iris, retina, voice. Count only together with a key. */
  | 'fpt'
  | 'face'
  | 'iris'
  | 'retina'
  | 'vbm'
  /** Presence: the user touched the device. No factor of its own. */
  | 'user'
  /** Two factors in one step: a passkey with user verification, or what a trusted identity provider asserts. */
  | 'mfa'
  /** More than one channel. No factor of its own. */
  | 'mca'
  /** Signals, no factors: knowledge of personal facts, location, risk, a Windows sign-in. */
  | 'kba'
  | 'geo'
  | 'rba'
  | 'wia'
  /**
   * A sign-in at another identity provider. Counts like a password: together with a possession that this app has verified
   * it is two factors. Whether the provider has verified two is not known: add `mfa` if you trust it for that.
   */
  | 'fed'

/** A method, and when the user last authenticated with it in this session. */
export interface UsedMethod {
  readonly method: AuthenticationMethod
  readonly at: Instant
}

/** Authentication assurance level of SP 800-63B-4. A session whose methods are unknown has level 1. */
export type AssuranceLevel = 1 | 2 | 3

/** What a method contributes to the level, as bits, so that a record is read fast. */
const knowledge = 1
/** Something the user has (SP 800-63B-4 sections 3.1.2 to 3.1.7). */
const possession = 2
/** A possession that is a key, which a PIN or biometrics can unlock. */
const key = 4
/** What unlocks a key on the device of the user. Never sent, so it counts only together with a key. */
const unlocking = 8
/** Two factors in one step. */
const twoFactors = 16
/** A key that cannot be exported (SP 800-63B-4 section 2.3.1). */
const hardware = 32

/** Every method that this version knows. Complete, or this does not compile. */
const contributions: Readonly<Record<AuthenticationMethod, number>> = {
  pwd: knowledge,
  otp: possession,
  sms: possession,
  tel: possession,
  hwk: possession | key | hardware,
  swk: possession | key,
  pop: possession | key,
  sc: possession | key | hardware,
  pin: unlocking,
  fpt: unlocking,
  face: unlocking,
  iris: unlocking,
  retina: unlocking,
  vbm: unlocking,
  mfa: twoFactors,
  user: 0,
  mca: 0,
  kba: 0,
  geo: 0,
  rba: 0,
  wia: 0,
  // With a key of the app, two factors, which an attacker must steal in two places.
  fed: knowledge,
}

export function isAuthenticationMethod(text: string): text is AuthenticationMethod {
  return Object.hasOwn(contributions, text)
}

/** Every method that this version knows. */
export const authenticationMethods: readonly AuthenticationMethod[] =
  Object.keys(contributions).filter(isAuthenticationMethod)

/**
 * Returns the level that these methods show together (SP 800-63B-4 section 2). `since` counts only methods that
 * were used at that instant or later.
 *
 * - 2: two different factors, which are a password or a sign-in at another provider and a possession, a key that
 *   a PIN or biometrics unlocked, or `mfa`. Two of one kind, such as an authenticator app and a text message, are one factor.
 * - 3: two different factors, of which one is a key in hardware.
 * - 1: everything else, also without methods.
 */
export function assuranceLevelOf(
  methods: readonly UsedMethod[],
  since: Instant = Number.NEGATIVE_INFINITY,
): AssuranceLevel {
  let shown = 0
  for (const { method, at } of methods) if (at >= since) shown |= contributions[method]
  const isTwoFactor =
    hasAll(shown, twoFactors) ||
    hasAll(shown, knowledge | possession) ||
    hasAll(shown, key | unlocking)
  if (!isTwoFactor) return 1
  return hasAll(shown, hardware) ? 3 : 2
}

function hasAll(shown: number, bits: number): boolean {
  return (shown & bits) === bits
}

/** Returns when the user last authenticated with one of the methods, or `null` without methods. */
export function latestUse(methods: readonly UsedMethod[]): Instant | null {
  return methods.length === 0 ? null : Math.max(...methods.map(({ at }) => at))
}

/** Returns each method once with its latest instant, in the order in which they were first used. */
export function mergeMethods(
  earlier: readonly UsedMethod[],
  later: readonly UsedMethod[],
): readonly UsedMethod[] {
  const latest = new Map<AuthenticationMethod, Instant>()
  for (const { method, at } of [...earlier, ...later]) {
    latest.set(method, Math.max(at, latest.get(method) ?? at))
  }
  return [...latest].map(([method, at]) => ({ method, at }))
}
