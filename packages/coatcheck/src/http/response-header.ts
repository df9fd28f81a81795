/** Name and value of a response header. `Set-Cookie` is appended, any other replaces what is there. */
export type ResponseHeader = readonly [name: string, value: string]
