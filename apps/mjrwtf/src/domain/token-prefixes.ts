/** What the tokens of grants start with. Personal access tokens: `personalTokenPrefix`. */
export const accessTokenPrefix = 'mjr_at_'
export const refreshTokenPrefix = 'mjr_rt_'
