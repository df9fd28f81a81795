export { checkGrantStoreAgainstModel } from './testing/grant-model/check.ts'
export { checkSessionStoreAgainstModel, type ModelCheckOptions } from './testing/model/check.ts'
