/**
 * Makes a one-time code with which the first account can be made within 24 hours, or answers `null`
 * when somebody has an account already. The code is secret and kept nowhere: print it now.
 */
export type IssueSetUpCode = () => Promise<string | null>
