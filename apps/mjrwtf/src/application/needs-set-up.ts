/** Whether nobody has an account yet. Stops asking the database once somebody has. */
export type NeedsSetUp = () => Promise<boolean>
