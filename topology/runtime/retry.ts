import { StoreError } from '../../state/stores/store.ts'
import { ConnectorError } from '../log/log.ts'

/** A broker comes back, and a full disk may have room again; a record that does not fit what was committed stays as it is. */
export const isRetryable = (error: unknown): error is ConnectorError | StoreError =>
  error instanceof ConnectorError
    ? error.retryable || error.code === 'fenced'
    : error instanceof StoreError && error.code === 'store-failed'
