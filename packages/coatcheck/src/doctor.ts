export type { Deployment } from './doctor/diagnose.ts'
export { diagnose } from './doctor/diagnose.ts'
export type { Finding } from './doctor/finding.ts'
