/** Why a record is refused: a stable reason, and a detail without personal data. */
export interface Flaw {
  readonly reason: string
  readonly detail: string
}
