import type { PhoneNumber } from '../../domain/phone.ts'

export interface TextMessage {
  readonly to: PhoneNumber
  readonly text: string
}

/**
 * Passes a text message to the operator's gateway, once. `failed`: the gateway did not confirm that it accepted the
 * message, which may arrive nevertheless. The adapter logs the reason. Never rejects.
 */
export type SendTextMessage = (message: TextMessage) => Promise<'accepted' | 'failed'>
