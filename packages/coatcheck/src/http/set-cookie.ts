export type SameSite = 'Lax' | 'Strict' | 'None'
