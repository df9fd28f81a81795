/** For a user who has presented the right credentials of a suspended account. Never for others. */
export const suspendedText =
  'This account is suspended. Ask the operator of this site if you think that it is a mistake.'
