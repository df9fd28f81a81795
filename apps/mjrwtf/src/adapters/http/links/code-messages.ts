import { maxCodesPerLink } from '../../../application/links/link-codes.ts'

export const codeTakenMessage = 'This short code is already in use. Choose another.'
export const tooManyCodesMessage = `A link can have ${maxCodesPerLink} codes. Remove one first.`
