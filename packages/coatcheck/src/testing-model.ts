export { checkSessionStoreAgainstModel, type ModelCheckOptions } from './testing/model/check.ts'
