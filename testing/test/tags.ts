import { TestRunner, type TestTags } from 'vitest'

declare module 'vitest' {
  interface TestTags {
    readonly tags: 'process' | 'broker' | 'law' | 'slow'
  }
}

/** Tells whether this run includes tests with these tags; a file asks before it looks for a program that only they need. */
export const isWanted = (...tags: readonly TestTags['tags'][]): boolean => TestRunner.matchesTags([...tags])
