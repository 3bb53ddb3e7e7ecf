/** Why a record is refused: a stable reason, and a detail without personal data. */
export interface ValidationError {
  readonly reason: string
  readonly detail: string
}
