import { StoreError } from '../../state/stores/store.ts'
import { ConnectorError } from '../log/log.ts'

/**
 * Tells whether a task can recover from an error by itself: a broker comes back, and a full disk may have room again. A
 * log that contradicts the checkpoint stays as it is.
 */
export const isRetryable = (error: unknown): error is ConnectorError | StoreError =>
  error instanceof ConnectorError
    ? error.retryable || error.code === 'fenced'
    : error instanceof StoreError && error.code === 'store-failed'
